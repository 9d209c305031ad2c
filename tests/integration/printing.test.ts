import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SHELL_WORD, assertRefused, ended, inFolder, run } from './program.ts';
import type { Ended } from './program.ts';

const test = suite('output that gets nowhere');

const shell = (line: string, cwd: string): Promise<Ended> =>
  ended(spawn('bash', ['-c', line], { cwd, stdio: ['ignore', 'pipe', 'pipe'] }));

/** One of the datagrams is dropped, which the expectation forbids: exit code 1. */
const REPLAY = `${SHELL_WORD} replay good.jsonl --seed 1 --clock virtual --drop-list 3 --expect 'lost<=0' --report out --reporter csv`;
const REPORT = [
  'comparison.csv',
  'environment.json',
  'expectations.csv',
  'ledger.csv',
  'ledger_causes.csv',
  'reorder_density.csv',
];

test('a reader that stops reading neither ends the work nor hides how it came out', async () => {
  await inFolder(async (folder) => {
    await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder);
    const { code, stdout, stderr } = await shell(`${REPLAY} | head -n 1; exit "\${PIPESTATUS[0]}"`, folder);
    assert.is(code, 1, stderr);
    assert.is(stderr, '');
    assert.is(stdout, 'seed 1; impairment: --drop-list 3\n');
    assert.equal(readdirSync(join(folder, 'out')).toSorted(), REPORT);
  });
});

test('a full disk is told once, and the work is finished', async () => {
  if (!existsSync('/dev/full')) return;
  await inFolder(async (folder) => {
    await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder);
    const told = 'error: cannot print: the disk is full; send the output elsewhere\n';
    const replayed = await shell(`${REPLAY} > /dev/full`, folder);
    assert.equal([replayed.code, replayed.stderr], [3, told]);
    assert.equal(readdirSync(join(folder, 'out')).toSorted(), REPORT);
    const helped = await shell(`${SHELL_WORD} --help > /dev/full`, folder);
    assert.equal([helped.code, helped.stderr], [3, told]);
    const wrong = await shell(`${REPLAY} --drop nonsense > /dev/full`, folder);
    assert.is(wrong.code, 2);
    assert.is(wrong.stderr.split('\n').length, 2, wrong.stderr);
  });
});

test('what a seed, an option and a file say is printed escaped, in its own line', async () => {
  await inFolder(async (folder) => {
    const evil = '\u001B[2J\u202E\nerror: forged';
    const seen = String.raw`\u001b[2J\u202e\nerror: forged`;
    const recorded = await run(['record', '--seed', evil, '--out', 'evil.jsonl'], folder);
    assert.is(recorded.stdout.split('\n', 1)[0], `seed ${seen}`);
    writeFileSync(join(folder, 'x.json'), JSON.stringify({ [evil]: 1 }));
    assertRefused(await run(['scenario', 'show', 'x.json'], folder), 2, `x.json: ${seen}: `);
    assertRefused(await run(['replay', 'evil.jsonl', '--drop', evil], folder), 2, `"${seen}"`);
  });
});

test.run();
