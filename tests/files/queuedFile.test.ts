import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EnvironmentError } from '../../src/base/errors.ts';
import { QueuedFile } from '../../src/files/queuedFile.ts';
import type { Write } from '../../src/files/queuedFile.ts';

const folder = mkdtempSync(join(tmpdir(), 'matchstream-queue-'));
const test = suite('a file that nothing waits for');
test.after(() => rmSync(folder, { recursive: true, force: true }));

let serial = 0;
const fresh = (): string => join(folder, `${(serial += 1)}.txt`);

/** A disk whose calls the test answers, and that says how many it has been given at a time. */
class Disk {
  readonly given: string[] = [];
  readonly #calls: ((error: Error | null, writtenBytes: number) => void)[] = [];

  readonly write: Write = (_descriptor, bytes, done) => {
    this.given.push(Buffer.from(bytes).toString());
    this.#calls.push(done);
  };

  get pending(): number {
    return this.#calls.length;
  }

  answer(error: Error | null, writtenBytes: number): void {
    this.#calls.shift()?.(error, writtenBytes);
  }
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (cause: unknown) => cause,
  );

test('what was offered is there, in order', async () => {
  const path = fresh();
  const file = new QueuedFile(path);
  for (let k = 0; k < 1000; k += 1) assert.ok(file.offer(`line ${k}\n`));
  await file.close();
  assert.is(readFileSync(path, 'utf8'), Array.from({ length: 1000 }, (_, k) => `line ${k}\n`).join(''));
  assert.is(file.offer('too late'), false);
});

test('the disk is given one piece at a time, and the rest of one that it took in part', async () => {
  const disk = new Disk();
  const file = new QueuedFile(fresh(), undefined, { write: disk.write });
  file.offer('abcdef');
  file.offer('gh');
  assert.equal(disk.given, ['abcdef']);
  disk.answer(null, 2);
  disk.answer(null, 3);
  disk.answer(null, 1);
  assert.equal(disk.given, ['abcdef', 'cdef', 'f', 'gh']);
  const closing = file.close();
  disk.answer(null, 2);
  await closing;
  assert.is(disk.pending, 0);
});

test('beyond the bound nothing is taken, until the disk has made room', () => {
  const disk = new Disk();
  const file = new QueuedFile(fresh(), undefined, { write: disk.write, maxWaitingBytes: 5 });
  assert.ok(file.offer('abc'));
  assert.is(file.offer('def'), false);
  assert.ok(file.offer('de'));
  disk.answer(null, 3);
  assert.ok(file.offer('fgh'));
  assert.is(file.offer('i'), false);
});

test('a full disk is told at the end with the path that the user gave, and nothing is taken any more', async () => {
  const disk = new Disk();
  const file = new QueuedFile(fresh(), 'arrivals.csv', { write: disk.write });
  file.offer('abc');
  file.offer('def');
  disk.answer(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }), 0);
  assert.is(file.offer('ghi'), false);
  assert.equal(disk.given, ['abc']);
  const failure = await failureOf(file.close());
  assert.instance(failure, EnvironmentError);
  assert.is(
    (failure as Error).message,
    'cannot write arrivals.csv: the disk is full; make room there, or choose a folder with room',
  );
});

test('a disk that takes nothing is given up after its time', async () => {
  const disk = new Disk();
  const file = new QueuedFile(fresh(), 'slow.csv', { write: disk.write, stallLimitMs: 20 });
  file.offer('abc');
  const failure = await failureOf(file.close());
  assert.match((failure as Error).message, 'cannot write slow.csv: the disk does not take it');
  disk.answer(null, 3);
});

test('one that is abandoned writes nothing more', async () => {
  const disk = new Disk();
  const file = new QueuedFile(fresh(), undefined, { write: disk.write });
  file.offer('abc');
  file.offer('def');
  file.abandon();
  file.abandon();
  disk.answer(null, 3);
  assert.equal(disk.given, ['abc']);
  assert.is(file.offer('ghi'), false);
});

test('one that cannot be made says so at once', () => {
  const path = fresh();
  mkdirSync(path);
  assert.throws(
    () => new QueuedFile(path),
    (error: unknown) => error instanceof EnvironmentError && error.message.includes('it is a folder'),
  );
});

test.run();
