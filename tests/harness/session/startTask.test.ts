import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { within } from '../../../harness/session/startTask.ts';
import { EnvironmentError } from '../../../src/base/errors.ts';

const test = suite('a bounded wait');

const soon = <T>(value: T): Promise<T> => new Promise((resolve) => setTimeout(resolve, 20, value));

test('gives what was waited for, and its failure', async () => {
  assert.is(await within(soon(7), 60_000, 'it'), 7);
  const failure = new Error('broken');
  assert.is(await within(Promise.reject(failure), 5000, 'it').catch((cause: unknown) => cause), failure);
});

test('ends when the time is up', async () => {
  const cause = await within(new Promise(() => undefined), 20, 'the clients').catch(
    (error: unknown) => error,
  );
  assert.instance(cause, EnvironmentError);
  assert.is((cause as Error).message, 'the clients did not end within 0 s; it was stopped');
});

test('ends with the signal, be it early or late', async () => {
  const reason = new Error('interrupted');
  const never = new Promise(() => undefined);
  const controller = new AbortController();
  const waiting = within(never, 60_000, 'it', controller.signal).catch((cause: unknown) => cause);
  controller.abort(reason);
  assert.is(await waiting, reason);
  assert.is(await within(never, 60_000, 'it', controller.signal).catch((cause: unknown) => cause), reason);
});

test('a bound of months is one, and not over at once', async () => {
  assert.is(await within(soon('done'), 3000 * 3600e3, 'it'), 'done');
});

test.run();
