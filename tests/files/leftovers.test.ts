import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { spawn, spawnSync } from 'node:child_process';
import {
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
import { tellLeftRecordings } from '../../src/files/leftovers.ts';
import { AtomicFileWriter, writeAtomicFile } from '../../src/files/atomicFile.ts';

const root = mkdtempSync(join(tmpdir(), 'matchstream-left-'));
const test = suite('what a process that was killed left behind');
test.after(() => rmSync(root, { recursive: true, force: true }));

const folder = (name: string): string => {
  const path = join(root, name);
  mkdirSync(path);
  return path;
};

/** The number of a process that has been, and is no more. */
const DEAD = spawnSync(process.execPath, ['-e', '']).pid;

test('the next run that writes into the folder removes, after a real kill', async () => {
  const place = folder('killed');
  const module = join(import.meta.dirname, '../../src/files/atomicFile.ts');
  const program = `
    const { AtomicFileWriter } = await import(${JSON.stringify(module)});
    const file = new AtomicFileWriter(${JSON.stringify(join(place, 'fates-1-down.jsonl'))});
    await file.write('x'.repeat(200_000));
    console.log('written');
    setInterval(() => undefined, 1000);`;
  const tsx = import.meta.resolve('tsx');
  const child = spawn(process.execPath, ['--import', tsx, '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const left = `fates-1-down.jsonl.${child.pid}-1.tmp`;
  assert.equal(readdirSync(place), [left]);
  // While it lives it is nobody else's business.
  writeAtomicFile(join(place, 'first.csv'), 'a');
  assert.equal(readdirSync(place).toSorted(), [left, 'first.csv']);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
  assert.equal(readdirSync(place).toSorted(), [left, 'first.csv']);
  // Another run: this process has looked through the folder already.
  const next = spawnSync(
    process.execPath,
    [
      '--import',
      tsx,
      '--input-type=module',
      '-e',
      `const { writeAtomicFile } = await import(${JSON.stringify(module)});
       writeAtomicFile(${JSON.stringify(join(place, 'second.csv'))}, 'b');`,
    ],
    { stdio: 'inherit' },
  );
  assert.is(next.status, 0);
  assert.equal(readdirSync(place).toSorted(), ['first.csv', 'second.csv']);
});

test('is told from what lives, what is somebody else’s, and what is no file', () => {
  const place = folder('kinds');
  const kept = [
    `a.csv.${process.pid}-7.tmp`,
    'a.csv.1-1.tmp',
    `a.csv.${DEAD}.tmp`,
    `a.csv.${DEAD}-x.tmp`,
    `a.csv.${DEAD}-1.tmp.csv`,
    'a.csv.99999999999-1.tmp',
    'a.csv.0-1.tmp',
    `.${DEAD}-1.tmp`,
    'a.csv',
  ];
  for (const name of [...kept, `b.csv.${DEAD}-1.tmp`, `b.csv.${DEAD}-client-3.tmp`, `c.${DEAD}-12.tmp`])
    writeFileSync(join(place, name), 'x');
  mkdirSync(join(place, `folder.${DEAD}-1.tmp`));
  symlinkSync('a.csv', join(place, `link.${DEAD}-1.tmp`));
  writeAtomicFile(join(place, 'new.csv'), '');
  assert.equal(
    readdirSync(place).toSorted(),
    [...kept, `folder.${DEAD}-1.tmp`, `link.${DEAD}-1.tmp`, 'new.csv'].toSorted(),
  );
});

test('is kept and named where it is a recording, whatever its name; fates are none', async () => {
  const place = folder('recordings');
  const header = '{"format":"matchstream-recording","version":1';
  const kept: [string, string | Uint8Array][] = [
    [`a.jsonl.${DEAD}-1.tmp`, 'anything'],
    [`b.jsonl.gz.${DEAD}-1.tmp`, new Uint8Array([1])],
    [`c.${DEAD}-1.tmp`, header],
    [`d.${DEAD}-1.tmp`, new Uint8Array([0x1f, 0x8b, 8])],
  ];
  const removed: [string, string][] = [
    [`e.jsonl.${DEAD}-1.tmp`, ''],
    [`fates-12-up.jsonl.${DEAD}-2.tmp`, '{"flow":12,'],
    [`fates-1-down-control.jsonl.${DEAD}-2.tmp`, '{"flow":1,'],
    [`f.csv.${DEAD}-1.tmp`, 'client,count'],
  ];
  for (const [name, content] of [...kept, ...removed]) writeFileSync(join(place, name), content);
  const told: string[] = [];
  tellLeftRecordings((path) => told.push(path));
  const file = new AtomicFileWriter(join(place, 'new.jsonl'));
  await file.commit();
  writeAtomicFile(join(place, 'again.csv'), '');
  assert.equal(
    told.toSorted(),
    kept.map(([name]) => join(place, name)),
    'once',
  );
  assert.equal(
    readdirSync(place).toSorted(),
    [...kept.map(([name]) => name), 'again.csv', 'new.jsonl'].toSorted(),
  );
  assert.is(readFileSync(join(place, `c.${DEAD}-1.tmp`), 'utf8'), header);
});

test.run();
