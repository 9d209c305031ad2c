import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInput, readSmallFile } from '../../src/files/inputs.ts';

const MIB = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'matchstream-inputs-'));
const test = suite('a file that the user names for reading');
test.after(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** Why each of the two readers does not read it; they say the same. */
async function refusal(path: string): Promise<string> {
  const small = readSmallFile(path, MIB);
  const large = await openInput(path);
  if (large.ok) await large.value.close();
  if (small.ok || large.ok) throw new Error(`${path} is read`);
  assert.is(small.reason, large.reason);
  return small.reason;
}

test('is read whole, by a link, too, and however large it says it is', async () => {
  const path = file('a.json', '{"é":1}\n');
  symlinkSync('a.json', join(folder, 'link.json'));
  for (const name of [path, join(folder, 'link.json')])
    assert.equal(readSmallFile(name, MIB), { ok: true, value: '{"é":1}\n' });
  const opened = await openInput(path);
  assert.ok(opened.ok);
  assert.is(await opened.value.readFile('utf8'), '{"é":1}\n');
  await opened.value.close();
  // Its size is told as 0.
  if (existsSync('/proc/self/limits')) {
    const limits = readSmallFile('/proc/self/limits', MIB);
    assert.ok(limits.ok && limits.value.includes('Max open files'));
  }
});

test('may have as many bytes as are allowed, and not one more', () => {
  assert.ok(readSmallFile(file('most', new Uint8Array(MIB)), MIB).ok);
  assert.equal(readSmallFile(file('more', new Uint8Array(MIB + 1)), MIB), {
    ok: false,
    reason: 'one of more than 1 MiB, which is not read; give a smaller one',
  });
});

test('is no folder, and is there', async () => {
  assert.is(await refusal(folder), "a folder; give the file's own path");
  assert.is(
    await refusal(join(folder, 'none')),
    'none (no such file or folder); check the path and its permissions',
  );
  assert.is(
    await refusal(join(file('b', ''), 'c')),
    'none (a part of the path is a file, not a folder); check the path and its permissions',
  );
  mkdirSync(join(folder, 'circle'));
  symlinkSync('it', join(folder, 'circle', 'it'));
  assert.match(await refusal(join(folder, 'circle', 'it')), /^none \(its links lead in a circle\); /);
});

test('is no pipe, which nobody may ever write to, and is not waited for', async () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  assert.is(await refusal(path), 'a pipe; write what it gives to a file first');
});

test('is no device', async () => {
  for (const path of ['/dev/zero', '/dev/null', '/dev/full', '/dev/tty'].filter((name) => existsSync(name)))
    assert.is(await refusal(path), 'a device; give a file');
});

test('is no socket', async () => {
  const path = join(folder, 'socket');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  assert.is(await refusal(path), 'a socket; give a file');
  await new Promise((resolve) => server.close(resolve));
});

test('is readable', async () => {
  // The superuser may read anything.
  if (process.getuid?.() === 0 || process.getuid === undefined) return;
  const path = file('mine', 'x');
  execFileSync('chmod', ['000', path]);
  assert.match(await refusal(path), /^none \(no permission\); /);
});

test.run();
