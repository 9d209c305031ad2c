import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '../../src/base/errors.ts';
import { describeShortage, shortageOf } from '../../src/files/descriptorLimit.ts';

const test = suite('too few descriptors');

const failure = (code: string, cause?: unknown): Error => Object.assign(new Error('x', { cause }), { code });

test('are told with the limit, and with one that would do', () => {
  assert.is(
    describeShortage('EMFILE', 32),
    'the limit of 32 open files and sockets is too low for this; raise it with ulimit -n 1024',
  );
  assert.match(describeShortage('EMFILE', 1024), /the limit of 1024 .* ulimit -n 4096$/);
  assert.match(describeShortage('EMFILE', null), /^the limit on open files and sockets /);
  assert.is(
    describeShortage('ENFILE', 1024),
    'the whole system has as many files and sockets open as it may; end other programs',
  );
});

test('are found behind whatever was made of them', () => {
  const wrapped = new EnvironmentError('write-failed', 'cannot write x; choose a folder', {
    cause: failure('EMFILE'),
  });
  const shortage = shortageOf(wrapped, 64);
  assert.instance(shortage, EnvironmentError);
  assert.match(shortage?.message ?? '', /^the limit of 64 /);
  assert.match(shortageOf(failure('ENFILE'), 64)?.message ?? '', /^the whole system /);
});

test('are no excuse for another failure', () => {
  for (const cause of [failure('EACCES'), new Error('x'), null, undefined, 'EMFILE', { code: 'EMFILE' }])
    assert.is(shortageOf(cause, 32), null);
  const circle = failure('EIO');
  circle.cause = circle;
  assert.is(shortageOf(circle, 32), null);
});

test('make a package look as if it were missing, but only where there are very few', () => {
  const missing = failure('ERR_MODULE_NOT_FOUND');
  assert.match(shortageOf(missing, 64)?.message ?? '', /^the limit of 64 /);
  assert.is(shortageOf(missing, 1024), null);
  assert.is(shortageOf(missing, null), null);
});

test('the limit is that of the process', () => {
  if (!existsSync('/proc/self/limits')) return;
  const module = JSON.stringify(join(import.meta.dirname, '../../src/files/descriptorLimit.ts'));
  const program = `const { describeShortage } = await import(${module}); console.log(describeShortage('EMFILE'));`;
  const node = `'${process.execPath}' --import '${import.meta.resolve('tsx')}' --input-type=module`;
  const printed = execFileSync('bash', ['-c', `ulimit -n 200; ${node} -e "$PROGRAM"`], {
    encoding: 'utf8',
    env: { ...process.env, PROGRAM: program },
  });
  assert.match(printed, /^the limit of 200 open files/);
});

test.run();
