import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EnvironmentError } from '../../src/base/errors.ts';
import { NO_LOG } from '../../src/files/logFile.ts';
import { throwUnwritten, tryWriting, unwrittenOf } from '../../src/files/unwritten.ts';

const test = suite('what could not be written');

const failure = (name: string) => ({ code: 'disk-full', message: `cannot write ${name}` }) as const;

/** What is thrown, and what is printed before it on the error output. */
function thrownBy(work: () => void): { readonly thrown: unknown; readonly printed: readonly string[] } {
  const printed: string[] = [];
  const { write } = process.stderr;
  process.stderr.write = ((text: string) => printed.push(text) > 0) as typeof write;
  try {
    work();
    return { thrown: null, printed };
  } catch (thrown) {
    return { thrown, printed };
  } finally {
    process.stderr.write = write;
  }
}

test('is data, and what succeeds is none', async () => {
  assert.equal(await tryWriting(() => undefined), []);
  assert.equal(
    await tryWriting(async () => {
      throw new EnvironmentError('disk-full', 'cannot write a');
    }),
    [failure('a')],
  );
  assert.equal(unwrittenOf(NO_LOG), []);
  assert.equal(unwrittenOf({ ...NO_LOG, complaint: 'the log a is not whole' }), [
    { code: 'write-failed', message: 'the log a is not whole' },
  ]);
});

test('is never a bug: that is thrown as it is', async () => {
  let caught: unknown;
  await tryWriting(() => {
    throw new TypeError('a bug');
  }).catch((cause: unknown) => {
    caught = cause;
  });
  assert.instance(caught, TypeError);
});

test('is thrown when all is told: the last, after the others are printed; of very many, their number', () => {
  assert.equal(
    thrownBy(() => throwUnwritten([])),
    { thrown: null, printed: [] },
  );
  const one = thrownBy(() => throwUnwritten([failure('a')]));
  assert.instance(one.thrown, EnvironmentError);
  assert.equal([(one.thrown as EnvironmentError).code, one.printed], ['disk-full', []]);
  const names = Array.from({ length: 12 }, (_, k) => `file-${k}`);
  const many = thrownBy(() => throwUnwritten(names.map(failure)));
  assert.is((many.thrown as Error).message, 'cannot write file-11');
  const besides = thrownBy(() =>
    throwUnwritten([failure('a')], new EnvironmentError('no-server', 'no answer')),
  );
  assert.equal(
    [(besides.thrown as Error).message, besides.printed],
    ['no answer', ['error: cannot write a\n']],
  );
  assert.equal(many.printed, [
    ...names.slice(0, 8).map((name) => `error: cannot write ${name}\n`),
    'error: 3 more files were not written\n',
  ]);
});

test.run();
