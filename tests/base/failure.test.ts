/** An error that went to another thread or process as data is the same error there. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EnvironmentError, UsageError } from '../../src/base/errors.ts';
import { errorOf, failureOf } from '../../src/base/failure.ts';

const test = suite('an error as data');

const back = (cause: unknown): Error => errorOf(structuredClone(failureOf(cause)));

test('keeps its kind, code, subject and text', () => {
  const usage = back(new UsageError('value-format', '--drop', 'expected a ratio'));
  assert.ok(usage instanceof UsageError);
  assert.equal(
    [usage.code, usage.subject, usage.message],
    ['value-format', '--drop', '--drop: expected a ratio'],
  );
  const environment = back(new EnvironmentError('disk-full', 'no space is left'));
  assert.ok(environment instanceof EnvironmentError);
  assert.equal([environment.code, environment.message], ['disk-full', 'no space is left']);
});

test('of our own, and what is none at all, keeps its text', () => {
  const broken = back(new RangeError('out of range'));
  assert.not.ok(broken instanceof UsageError || broken instanceof EnvironmentError);
  assert.is(broken.message, 'out of range');
  assert.is(back('just text').message, 'just text');
});

test.run();
