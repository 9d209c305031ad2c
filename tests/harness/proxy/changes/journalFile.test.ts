/** A journal's file on a disk that takes nothing for a while: what it lacks stands in its last line, however full the queue is. */
import { writeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { JournalFile } from '../../../../harness/proxy/changes/journalFile.ts';
import { QueuedFile } from '../../../../src/files/queuedFile.ts';
import type { Write } from '../../../../src/files/queuedFile.ts';
import { temporaryFolder } from '../../recording/tiny.ts';

const test = suite("a journal's file");
const folder = temporaryFolder();

/** A disk that answers when it is asked to: with a failure, or when the bytes are written. */
function slowDisk(): { readonly write: Write; answer(error: Error | null): void } {
  const pending: ((error: Error | null) => void)[] = [];
  return {
    write: (descriptor, bytes, done) =>
      void pending.push((error) => done(error, error === null ? writeSync(descriptor, bytes) : 0)),
    answer: (error) => {
      for (let one = pending.shift(); one !== undefined; one = pending.shift()) one(error);
    },
  };
}

/** Takes four lines, of which two fit. */
function filled(name: string): {
  readonly path: string;
  readonly file: JournalFile;
  readonly disk: ReturnType<typeof slowDisk>;
  readonly told: string[];
} {
  const path = join(folder, name);
  const disk = slowDisk();
  const told: string[] = [];
  const limits = { maxWaitingBytes: 8, write: disk.write };
  const file = new JournalFile(
    path,
    false,
    (line) => void told.push(line),
    (to, called) => new QueuedFile(to, called, limits),
  );
  for (const line of ['one', 'two', 'three', 'four']) file.line(line);
  return { path, file, disk, told };
}

test('lines that did not fit are told once, and counted in the last line although the queue is still full', async () => {
  const { path, file, disk, told } = filled('full');
  const closing = file.close();
  disk.answer(null);
  assert.equal(await closing, []);
  assert.is(readFileSync(path, 'utf8'), 'one\ntwo\n{"leftOut":2}\n');
  assert.is(told.length, 1);
});

test('where that line cannot be written, the file is reported as unwritten', async () => {
  const { file, disk } = filled('failed');
  const closing = file.close();
  disk.answer(Object.assign(new Error('no room'), { code: 'ENOSPC' }));
  assert.equal(
    (await closing).map(({ code }) => code),
    ['disk-full'],
  );
});

test.run();
