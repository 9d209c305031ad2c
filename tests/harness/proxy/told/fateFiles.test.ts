import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkFatesFolder, makeFatesFolder } from '../../../../harness/proxy/told/fateFiles.ts';
import { refusal } from '../../../refusals.ts';

const root = mkdtempSync(join(tmpdir(), 'matchstream-fates-'));
const test = suite('the folder for fate files');
test.after(() => rmSync(root, { recursive: true, force: true }));

test('new, or with other files in it, it is taken', () => {
  const dir = join(root, 'new', 'deep');
  checkFatesFolder(dir);
  assert.equal(readdirSync(root), [], 'looking makes nothing');
  makeFatesFolder(dir);
  writeFileSync(join(dir, 'notes.txt'), '');
  writeFileSync(join(dir, 'my-fates-1-down.jsonl'), '');
  makeFatesFolder(dir);
});

test('one with fate files is refused: those of another seed would stand beside the new ones', () => {
  const dir = join(root, 'stale');
  mkdirSync(dir);
  writeFileSync(join(dir, 'fates-3-up.jsonl'), '');
  for (const use of [checkFatesFolder, makeFatesFolder]) {
    assert.throws(() => use(dir), refusal('output-taken', '--fates'));
  }
});

test('a file has no folders in it', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  assert.throws(() => checkFatesFolder(join(file, 'x')), refusal('write-failed'));
});

test.run();
