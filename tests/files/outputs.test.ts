import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  existsSync,
  linkSync,
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
import { checkNewFile, checkNoFolder, makeFolder, whyNoFolder } from '../../src/files/outputs.ts';
import { assertRefusal, refusal } from '../refusals.ts';

const root = mkdtempSync(join(tmpdir(), 'matchstream-outputs-'));
const test = suite('where outputs may go');
test.after(() => rmSync(root, { recursive: true, force: true }));

/** An empty folder of its own for every test. */
const folder = (name: string): string => {
  const path = join(root, name);
  mkdirSync(path);
  return path;
};

test('a name that nobody has is fine, however deep, and the disk is as it was', () => {
  const place = folder('free');
  checkNewFile(join(place, 'a.csv'), '--arrivals');
  checkNewFile(join(place, 'x', 'y', 'a.csv'), '--arrivals');
  assert.equal(readdirSync(place), []);
});

test('a file that is there is refused and stays', () => {
  const path = join(folder('taken'), 'a.csv');
  writeFileSync(path, 'mine');
  assert.throws(() => checkNewFile(path, '--arrivals'), refusal('output-taken', '--arrivals'));
  assert.is(readFileSync(path, 'utf8'), 'mine');
});

test('the input is known by whatever name, and nobody is told to remove it', async () => {
  const place = folder('input');
  const input = join(place, 'own.jsonl');
  writeFileSync(input, 'mine');
  linkSync(input, join(place, 'hard'));
  symlinkSync('own.jsonl', join(place, 'soft'));
  for (const name of ['own.jsonl', 'hard', 'soft', '../input/own.jsonl']) {
    const path = `${place}/${name}`;
    await assertRefusal(() => checkNewFile(path, '--arrivals', input), 'output-taken | --arrivals', 'input');
  }
});

test('links, to a file or to nothing, devices and folders are refused', async () => {
  const place = folder('others');
  writeFileSync(join(place, 'file'), '');
  symlinkSync('file', join(place, 'soft'));
  symlinkSync('nothing', join(place, 'dangling'));
  for (const name of ['soft', 'dangling']) {
    const path = join(place, name);
    await assertRefusal(() => checkNewFile(path, '--out'), 'output-taken | --out', 'link');
  }
  if (existsSync('/dev/null')) {
    await assertRefusal(() => checkNewFile('/dev/null', '--out'), 'output-taken | --out', 'device');
  }
  assert.throws(() => checkNewFile(place, '--out'), refusal('write-failed'));
});

test('below a file nothing can be made', () => {
  const file = join(folder('below'), 'file');
  writeFileSync(file, '');
  for (const path of [join(file, 'a.csv'), join(file, 'x', 'a.csv')]) {
    assert.throws(() => checkNewFile(path, '--arrivals'), refusal('write-failed'));
  }
});

test('a name that will be a folder is no name for a file', () => {
  const folders = { '--fates': undefined, '--report': 'reports/out' };
  checkNoFolder('reports/out/a.csv', '--arrivals', folders);
  checkNoFolder('reports/outer', '--arrivals', folders);
  for (const path of ['reports', 'reports/out', './reports/../reports/out/']) {
    assert.throws(() => checkNoFolder(path, '--arrivals', folders), refusal('output-taken', '--arrivals'));
  }
});

test('folders are made with those above them, and once is enough', () => {
  const path = join(folder('made'), 'a', 'b', 'c');
  makeFolder(path);
  makeFolder(path);
  assert.equal(readdirSync(path), []);
  writeFileSync(join(path, 'file'), '');
  assert.throws(() => makeFolder(join(path, 'file')), /EEXIST/);
  assert.throws(() => makeFolder(join(path, 'file', 'x')), /ENOTDIR/);
  symlinkSync(path, join(root, 'made', 'soft'));
  makeFolder(join(root, 'made', 'soft', 'd'));
  assert.equal(readdirSync(path).toSorted(), ['d', 'file']);
});

test('where no folder can be made that is told at once, whoever asks', () => {
  assert.is(whyNoFolder(join(root, 'x', 'y')), null);
  if (!existsSync('/proc/self')) return;
  const why = String(whyNoFolder('/proc/matchstream/x'));
  assert.match(why, /no such file or folder|no permission/);
  assert.throws(() => makeFolder('/proc/matchstream/x'), /ENOENT|EACCES/);
});

test.run();
