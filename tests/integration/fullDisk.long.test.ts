/** What cannot be written at a command's end costs no table: every command prints its figures first, and fails with 3 then. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startOnFullDisk, tooLarge } from './fullDisk.ts';
import { ended, inFolder, printed, run } from './program.ts';
import type { Ended } from './program.ts';

const test = suite('commands on a full disk');

const MATCH = ['--seed', '42', '--interval', '1ms'];

const runOnFullDisk = (maxBlocks: number, args: readonly string[], cwd: string): Promise<Ended> =>
  ended(startOnFullDisk(maxBlocks, args, cwd));

/** A row of the closing table for each of three clients, and the folder. */
const TABLE = /\n1 down .*\n2 down .*\n3 down .*\n(?:note: .*\n)*\n(?:.*\n)*report: out\nEvery one of .*\n$/;

function assertTold({ code, stdout, stderr }: Ended, ...paths: readonly string[]): void {
  assert.match(stdout, TABLE);
  assert.is(code, 3, stderr);
  for (const path of paths) assert.ok(stderr.includes(tooLarge(path)), `${stderr} should name ${path}`);
  assert.ok(
    stderr
      .trimEnd()
      .split('\n')
      .every((line) => line.startsWith('error: ')),
    stderr,
  );
}

test('a replay on either clock, and live', async () => {
  await inFolder(async (folder) => {
    await run(['record', ...MATCH, '--out', 'match.jsonl'], folder);
    const replay = ['replay', 'match.jsonl', '--drop', '10%', '--seed', '7', '--report', 'out'];
    const files = ['--fates', 'fates', '--arrivals', 'arrivals.csv'];
    const fates = [1, 2, 3].map((flow) => join('fates', `fates-${flow}-down.jsonl`));
    for (const how of [
      ['--clock', 'virtual'],
      ['--mode', 'processes', '--no-control'],
    ]) {
      const played = await runOnFullDisk(4, [...replay, ...files, ...how], folder);
      assertTold(played, ...fates, 'arrivals.csv', join('out', 'comparison.csv'));
      // What fits is there, and nothing is half there.
      // Notes are of the machine, where there are any.
      const written = readdirSync(join(folder, 'out')).filter(
        (name) => name !== 'logs' && name !== 'notes.csv',
      );
      assert.equal(written.toSorted(), [
        'columns.bin',
        'environment.json',
        'ledger.csv',
        'ledger_causes.csv',
        'reorder_density.csv',
        'summary.md',
      ]);
      assert.equal(readdirSync(join(folder, 'fates')), []);
      assert.not.ok(existsSync(join(folder, 'arrivals.csv')));
      for (const name of ['out', 'fates']) rmSync(join(folder, name), { recursive: true });
    }
    const virtual = ['--clock', 'virtual', '--arrivals', 'arrivals.csv'];
    const played = await runOnFullDisk(1, [...replay, ...virtual], folder);
    assertTold(played, 'arrivals.csv');
    assert.is(played.stderr.split('arrivals.csv').length, 2, 'it is named once');
    assert.not.ok(readdirSync(folder).some((name) => name.startsWith('arrivals.csv')));
    rmSync(join(folder, 'out'), { recursive: true, force: true });
    const live = ['live', ...MATCH, '--messages', '20', '--tmax', '50ms', '--report', 'out'];
    assertTold(await runOnFullDisk(4, live, folder), join('out', 'comparison.csv'));
  });
});

test('a server and a client: its log, and its statistics', async () => {
  await inFolder(async (folder) => {
    const stream = [...MATCH, '--port', '0', '--log-level', 'debug', '--log', 'server.log'];
    const server = startOnFullDisk(0, ['server', ...stream], folder);
    const end = ended(server);
    const [, address = ''] = await printed(server, /listening on (\S+)/);
    const watch = ['client', address, '--quiet', '--tmax', '50ms', '--log', 'none', '--stats', 'it.json'];
    const client = await runOnFullDisk(1, watch, folder);
    assert.is(client.code, 3);
    assert.is(client.stderr, tooLarge('it.json'));
    assert.match(client.stdout, /end of stream\n[^]*transport: /);
    assert.not.match(client.stdout, 'statistics: ');
    const { code, stdout, stderr } = await end;
    assert.match(stdout, /stream ended at message \d+; 1 client\n[^]*log: server\.log\n$/);
    assert.match(stderr, /^error: the log server\.log is not whole: .*\n$/);
    assert.is(code, 3);
  });
});

test('the main job, which cannot go on: what it has measured by then', async () => {
  await inFolder(async (folder) => {
    const job = await runOnFullDisk(24, ['run', '--short', '--seed', '42', '--report', 'out'], folder);
    assert.match(job.stdout, /\nlive, real clock\n(?:.*\n)*1 down .*\n2 down .*\n3 down .*\n/);
    assert.ok(job.stderr.endsWith(tooLarge(join('out', 'recording.jsonl'))), job.stderr);
    assert.is(job.code, 3);
  });
});

test('a benchmark', async () => {
  await inFolder(async (folder) => {
    const points = [
      '--intervals',
      '10ms',
      '--duration',
      '50ms',
      '--mode',
      'in-process',
      '--transport',
      'node',
    ];
    const bench = await runOnFullDisk(0, ['bench', ...points, '--no-micro', '--report', 'out'], folder);
    assert.match(bench.stdout, /\n10000 us .*\n\nreport: out\nEvery one of .*\n$/);
    assert.is(
      // A busy machine has a note on its point.
      bench.stderr.replace(tooLarge(join('out', 'notes.csv')), ''),
      [
        'throughput.csv',
        'environment.json',
        'report.html',
        'run.json',
        'junit.xml',
        'summary.md',
        'datapackage.json',
      ]
        .map((name) => tooLarge(join('out', name)))
        .join(''),
    );
    assert.is(bench.code, 3);
  });
});

test.run();
