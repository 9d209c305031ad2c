import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '../../src/base/errors.ts';
import { AtomicFileWriter, writeAtomicFile } from '../../src/files/atomicFile.ts';
import { refusal } from '../refusals.ts';

const root = mkdtempSync(join(tmpdir(), 'matchstream-whole-'));
const suites = suite('a file that appears whole or not at all');
suites.after(() => rmSync(root, { recursive: true, force: true }));

/** An empty folder of its own for every test. */
const folder = (name: string): string => {
  const path = join(root, name);
  mkdirSync(path);
  return path;
};

const isEnvironmentError = (error: unknown): boolean =>
  error instanceof EnvironmentError &&
  /^cannot write .*; choose (?:another name|a path of which only the last part is a file|a folder that is there)$/.test(
    error.message,
  );

async function rejected(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => assert.unreachable('it should have failed'),
    (cause: unknown) => cause,
  );
}

suites('written at once, it is there with its content, and nothing else is', () => {
  const place = folder('at-once');
  writeAtomicFile(join(place, 'deep', 'file.txt'), 'content');
  assert.is(readFileSync(join(place, 'deep', 'file.txt'), 'utf8'), 'content');
  assert.equal(readdirSync(join(place, 'deep')), ['file.txt']);
});

suites('written at once again, it is replaced', () => {
  const path = join(folder('replaced'), 'file.txt');
  writeAtomicFile(path, 'a longer first content');
  writeAtomicFile(path, new Uint8Array([104, 105]));
  assert.is(readFileSync(path, 'utf8'), 'hi');
});

suites('written piece by piece, it is not there before the commit', async () => {
  const place = folder('pieces');
  const path = join(place, 'sub', 'file.bin');
  const writer = new AtomicFileWriter(path);
  const piece = new Uint8Array(100_000);
  for (let k = 0; k < 30; k += 1) await writer.write(piece.fill(k));
  assert.not(existsSync(path));
  await writer.commit();
  const written = readFileSync(path);
  assert.is(written.length, 3_000_000);
  for (let k = 0; k < 30; k += 1)
    assert.is(written[k * 100_000], k, 'in order, unless a piece was changed after it was taken');
  assert.equal(readdirSync(join(place, 'sub')), ['file.bin']);
});

suites(
  'written directly, each piece is in the file when it was taken, and a failure is told at once',
  async () => {
    const place = folder('direct');
    const path = join(place, 'file.bin');
    const writer = new AtomicFileWriter(path, true, true);
    for (const piece of ['a', Buffer.from('bc')]) {
      const writing = writer.write(piece);
      assert.ok(readFileSync(`${path}.partial`, 'latin1').endsWith(piece.toString()));
      await writing;
    }
    await writer.commit();
    assert.is(readFileSync(path, 'utf8'), 'abc');
    assert.equal(readdirSync(place), ['file.bin']);
    const other = new AtomicFileWriter(join(place, 'other.bin'), false, true);
    await other.write('x');
    await other.discard();
    assert.equal(readdirSync(place), ['file.bin']);
  },
);

suites('an old file stays as it is until the commit', async () => {
  const path = join(folder('old'), 'file.txt');
  writeFileSync(path, 'old');
  const writer = new AtomicFileWriter(path);
  await writer.write('new');
  assert.is(readFileSync(path, 'utf8'), 'old');
  await writer.commit();
  assert.is(readFileSync(path, 'utf8'), 'new');
});

suites('discarded, it leaves nothing behind, and an old file as it was', async () => {
  const place = folder('discarded');
  writeFileSync(join(place, 'file.txt'), 'old');
  const writer = new AtomicFileWriter(join(place, 'file.txt'));
  await writer.write('x'.repeat(200_000));
  await writer.discard();
  assert.equal(readdirSync(place), ['file.txt']);
  assert.is(readFileSync(join(place, 'file.txt'), 'utf8'), 'old');
});

suites('discarded before anything was written, it leaves nothing behind either', async () => {
  const place = folder('unwritten');
  await new AtomicFileWriter(join(place, 'file.txt')).discard();
  assert.equal(readdirSync(place), []);
});

suites('two writers of one file do not mix: the last commit is the file', async () => {
  const place = folder('two');
  const path = join(place, 'file.txt');
  const [first, second] = [new AtomicFileWriter(path), new AtomicFileWriter(path)];
  await first.write('first');
  await second.write('second');
  await second.commit();
  await first.commit();
  assert.is(readFileSync(path, 'utf8'), 'first');
  assert.equal(readdirSync(place), ['file.txt']);
});

suites('below something that is a file, it is an environment error', () => {
  const place = folder('below');
  const file = join(place, 'a-file');
  writeFileSync(file, '');
  assert.throws(() => writeAtomicFile(join(file, 'x', 'file.txt'), ''), refusal('write-failed'));
  assert.throws(() => new AtomicFileWriter(join(file, 'file.txt')), refusal('write-failed'));
  assert.equal(readdirSync(place), ['a-file']);
});

suites('where a folder has its name, the error comes at the end, and nothing is left', async () => {
  const place = folder('folder-there');
  const path = join(place, 'taken');
  mkdirSync(path);
  writeFileSync(join(path, 'inside'), '');
  assert.throws(() => writeAtomicFile(path, 'x'), refusal('write-failed'));
  const writer = new AtomicFileWriter(path);
  await writer.write('x');
  assert.ok(isEnvironmentError(await rejected(writer.commit())));
  assert.equal(readdirSync(place), ['taken']);
  assert.equal(readdirSync(path), ['inside']);
});

suites('a link is never replaced, nor what it leads to', async () => {
  const place = folder('link-there');
  const path = join(place, 'link');
  writeFileSync(join(place, 'target'), 'old');
  symlinkSync('target', path);
  assert.throws(() => writeAtomicFile(path, 'x'), /link: it is a link; choose another name$/);
  const writer = new AtomicFileWriter(path);
  await writer.write('x');
  assert.ok(isEnvironmentError(await rejected(writer.commit())));
  assert.equal(readdirSync(place).toSorted(), ['link', 'target']);
  assert.is(readFileSync(path, 'utf8'), 'old');
  assert.ok(lstatSync(path).isSymbolicLink());
});

suites(
  'a folder that goes away is an environment error at the next write or the commit, never a hang',
  async () => {
    const place = folder('gone');
    const writer = new AtomicFileWriter(join(place, 'file.txt'));
    rmSync(place, { recursive: true });
    const cause = await rejected(
      (async () => {
        for (let k = 0; k < 50; k += 1) await writer.write('x'.repeat(100_000));
        await writer.commit();
      })(),
    );
    assert.ok(isEnvironmentError(cause), String(cause));
    await writer.discard();
    assert.not(existsSync(place));
  },
);

suites.run();
