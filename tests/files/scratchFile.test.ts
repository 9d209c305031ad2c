import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ScratchFile } from '../../src/files/scratchFile.ts';
import { refusalIn, thrownBy } from '../refusals.ts';

const test = suite('a scratch file');
const folder = mkdtempSync(join(tmpdir(), 'matchstream-scratch-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

test('gives back what it was given, at any place, and has no name', () => {
  process.env['TMPDIR'] = folder;
  const file = new ScratchFile();
  const parts = [3, 1_000_000, 0, 700_000, 3_000_000, 5].map((length, k) => Buffer.alloc(length, `${k} `));
  for (const part of parts) file.append(part);
  file.finish();
  assert.equal(readdirSync(folder), []);
  const whole = Buffer.concat(parts);
  for (const [place, length] of [
    [0, 10],
    [999_990, 40],
    [1_700_000, 100_000],
    [whole.length - 5, 5],
  ] as const) {
    const into = Buffer.alloc(length);
    assert.is(file.read(into, place), length);
    assert.is(Buffer.compare(into, whole.subarray(place, place + length)), 0);
  }
  const beyond = Buffer.alloc(10, 0xee);
  assert.is(file.read(beyond, whole.length - 4), 4);
  assert.is(beyond[4], 0xee);
  file.close();
  file.close();
});

test('a folder that is not there is named, with the remedy', async () => {
  process.env['TMPDIR'] = join(folder, 'none');
  const cause = await thrownBy(() => new ScratchFile());
  assert.is(refusalIn(cause), 'write-failed');
  assert.match((cause as Error).message, /TMPDIR names another folder.*no such file or folder/);
});

test.run();
