import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ended, inFolder, printed, readRows, run, start } from './program.ts';
import type { Ended, Program } from './program.ts';

const test = suite('a run that is interrupted');

async function until(isSo: () => boolean): Promise<void> {
  for (let k = 0; k < 400 && !isSo(); k += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(isSo(), 'waited for 20 s in vain');
}

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** As a terminal does it: the whole process group gets the signal. */
function interrupt(program: Program, signal: 'SIGINT' | 'SIGTERM'): void {
  process.kill(-(program.pid as number), signal);
}

function assertGone(program: Program): void {
  assert.throws(() => process.kill(-(program.pid as number), 0), /ESRCH/);
}

function assertInterrupted({ code, stderr }: Ended, wanted: number, told: string): void {
  assert.is(stderr, `interrupted; ${told}\n`);
  assert.is(code, wanted);
}

const temporaries = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'));

test('live, at an interval longer than any timer: its clients take leave and write what they know', async () => {
  await inFolder(async (folder) => {
    const args = ['live', '--clients', '2', '--seed', '1', '--interval', '1440h', '--report', 'out'];
    const program = start(args, folder, true);
    const end = ended(program);
    await until(() => textOf(join(folder, 'out/logs/server.log')).includes('stream started'));
    interrupt(program, 'SIGINT');
    assertInterrupted(await end, 130, 'what was measured so far is in out');
    assertGone(program);
    for (const client of ['client-1', 'client-2']) {
      const stats = JSON.parse(textOf(join(folder, `out/logs/${client}.stats.json`))) as object;
      assert.is((stats as { reason: string }).reason, 'interrupted');
    }
    assert.match(textOf(join(folder, 'out/logs/server.log')), /client 2 left: unregistered/);
    assert.equal(readdirSync(join(folder, 'out')), ['logs']);
    assert.equal(temporaries(folder), []);
  });
});

test('replay: the fates so far are kept, the arrivals of half a run are not', async () => {
  await inFolder(async (folder) => {
    await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder);
    const program = start(
      ['replay', 'good.jsonl', '--clients', '1', '--seed', '1', '--interval', '1h', '--no-control'].concat([
        '--fates',
        'fates',
        '--arrivals',
        'arrivals.csv',
        '--report',
        'out',
      ]),
      folder,
      true,
    );
    const end = ended(program);
    await until(() => textOf(join(folder, 'out/logs/server.log')).includes('stream started'));
    interrupt(program, 'SIGTERM');
    assertInterrupted(await end, 143, 'what was measured so far is in out');
    assertGone(program);
    assert.equal(readdirSync(join(folder, 'fates')), ['fates-1-down.jsonl']);
    assert.equal(readdirSync(folder).toSorted(), ['fates', 'good.jsonl', 'out']);
    assert.equal(temporaries(folder), []);
  });
});

test('a recording, and a run that has measured nothing, leave nothing', async () => {
  await inFolder(async (folder) => {
    const recording = start(
      ['record', '--clock', 'real', '--seed', '1', '--interval', '1h', '--out', 'half.jsonl'],
      folder,
    );
    const end = ended(recording);
    await until(() => readdirSync(folder).some((name) => name.startsWith('half.jsonl')));
    recording.kill('SIGINT');
    assertInterrupted(await end, 130, 'nothing was written');
    assert.equal(readdirSync(folder), []);
  });
});

test('bench: the points that were measured are kept', async () => {
  await inFolder(async (folder) => {
    const args = [
      'bench',
      '--intervals',
      '10ms,1h',
      '--duration',
      '100ms',
      '--transport',
      'node',
      '--no-micro',
    ];
    const program = start([...args, '--report', 'out'], folder, true);
    const end = ended(program);
    await printed(program, /^10000 us, 1 client: \d+ of \d+ received/m);
    interrupt(program, 'SIGINT');
    assertInterrupted(await end, 130, 'what was measured so far is in out');
    assertGone(program);
    assert.equal(readdirSync(join(folder, 'out')), ['throughput.csv']);
    const rows = readRows(textOf(join(folder, 'out/throughput.csv')));
    assert.equal(
      rows.map(({ interval_us: intervalUs }) => intervalUs),
      ['10000'],
    );
  });
});

test.run();
