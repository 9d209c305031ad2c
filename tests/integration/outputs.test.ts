import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused, inFolder, run } from './program.ts';

const test = suite('outputs destroy nothing');

test('no output takes the place of anything, and that is told before the run', async () => {
  await inFolder(async (folder) => {
    const file = (name: string): string => readFileSync(join(folder, name), 'utf8');
    assert.is((await run(['record', '--seed', '1', '--out', 'own.jsonl'], folder)).code, 0);
    const own = file('own.jsonl');
    writeFileSync(join(folder, 'mine.csv'), 'mine');
    symlinkSync('own.jsonl', join(folder, 'link.csv'));
    mkdirSync(join(folder, 'stale'));
    writeFileSync(join(folder, 'stale', 'fates-2-down.jsonl'), '');
    const replay = ['replay', 'own.jsonl', '--seed', '1', '--report', 'out'];
    const client = ['client', '--server', '127.0.0.1:9', '--register-timeout', '300ms', '--quiet'];
    const cases: [string[], number, string[]][] = [
      [['record', '--out', 'own.jsonl'], 2, ['--out', 'own.jsonl']],
      [[...replay, '--arrivals', 'own.jsonl'], 2, ['--arrivals', 'own.jsonl', 'input']],
      [[...replay, '--arrivals', 'link.csv'], 2, ['--arrivals', 'link.csv', 'input']],
      [[...replay, '--arrivals', 'mine.csv'], 2, ['--arrivals', 'mine.csv']],
      [[...replay, '--arrivals', 'stale'], 3, ['stale']],
      [[...replay, '--arrivals', 'out'], 2, ['--arrivals', '--report']],
      [[...replay, '--fates', 'mine.csv'], 3, ['mine.csv']],
      [[...replay, '--clock', 'virtual', '--fates', 'stale'], 2, ['--fates', 'fates-2-down.jsonl']],
      [['proxy', '--fates', 'stale', '--log', 'none'], 2, ['--fates', 'fates-2-down.jsonl']],
      [[...client, '--log', 'none', '--stats', 'mine.csv'], 2, ['--stats', 'mine.csv']],
      [[...client, '--log', 'x', '--stats', 'x'], 2, ['--stats and --log']],
    ];
    for (const [args, code, saying] of cases) assertRefused(await run(args, folder), code, ...saying);
    assert.is(file('own.jsonl'), own);
    assert.is(file('mine.csv'), 'mine');
    assert.equal(readdirSync(folder).toSorted(), ['link.csv', 'mine.csv', 'own.jsonl', 'stale']);
  });
});

test('where nothing can be made that is told at once', async () => {
  if (!existsSync('/proc/self')) return;
  await inFolder(async (folder) => {
    await run(['record', '--seed', '1', '--out', 'own.jsonl'], folder);
    const replay = ['replay', 'own.jsonl', '--seed', '1'];
    for (const args of [
      [...replay, '--report', '/proc/matchstream/out'],
      [...replay, '--report', 'out', '--fates', '/proc/matchstream/fates'],
      [...replay, '--report', 'out', '--arrivals', '/proc/matchstream/arrivals.csv'],
      ['record', '--out', '/proc/matchstream.jsonl'],
    ]) {
      assertRefused(await run(args, folder), 3, '/proc/matchstream');
    }
    assert.equal(readdirSync(folder), ['own.jsonl']);
  });
});

test.run();
