import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ended, inFolder, printed, readRows, run, start } from './program.ts';
import type { Ended, Program } from './program.ts';

/** Far more than any of them needs. */
const LIMIT_MS = 300_000;

const test = suite('a run that is interrupted');

async function until(isSo: () => boolean): Promise<void> {
  for (let k = 0; k < 1200 && !isSo(); k += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(isSo(), 'waited for 60 s in vain');
}

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** As a terminal under npm does it: the whole process group gets the signal, and 50 ms later once more. */
function interrupt(program: Program, signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM'): void {
  process.kill(-(program.pid as number), signal);
  setTimeout(() => {
    try {
      process.kill(-(program.pid as number), signal);
    } catch {
      // It has ended already.
    }
  }, 50);
}

function assertGone(program: Program): void {
  assert.throws(() => process.kill(-(program.pid as number), 0), /ESRCH/);
}

function assertInterrupted(
  { code, stdout, stderr }: Ended,
  signal: string,
  wanted: number,
  told: string,
): void {
  assert.is(stderr, `${signal}: ending in good order; a second one ends it at once\n`);
  assert.ok(stdout.includes(`interrupted by ${signal}${told}`), stdout);
  assert.is(code, wanted);
}

const temporaries = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'));

const interruptedBy = (path: string): unknown =>
  (JSON.parse(textOf(join(path, 'environment.json'))) as { interrupted: unknown }).interrupted;

const started = (folder: string) =>
  until(() => textOf(join(folder, 'out/logs/server.log')).includes('sent 1 to client 1'));

/** What is drawn from the tables, also where there are none. */
const DRAWN = ['datapackage.json', 'junit.xml', 'report.html', 'run.json', 'summary.md'];
const SESSION_FILES = [
  ...DRAWN,
  'columns.bin',
  'comparison.csv',
  'environment.json',
  'ledger.csv',
  'ledger_causes.csv',
  'logs',
  'reorder_density.csv',
].toSorted();

/** Without notes, which depend on the machine. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name !== 'notes.csv')
    .toSorted();

test('live, at an interval longer than any timer: what ran is judged as a shorter stream', async () => {
  await inFolder(async (folder) => {
    const args = ['live', '--clients', '2', '--seed', '1', '--interval', '1440h', '--report', 'out'];
    const program = start([...args, '--log-level', 'debug'], folder, true);
    const end = ended(program, LIMIT_MS);
    await started(folder);
    interrupt(program, 'SIGINT');
    assertInterrupted(
      await end,
      'SIGINT',
      130,
      ' after 1 of 48 datagrams: what is above is of the part that ran',
    );
    assertGone(program);
    for (const client of ['client-1', 'client-2']) {
      const stats = JSON.parse(textOf(join(folder, `out/logs/${client}.stats.json`))) as {
        reason: string;
        statistics: { sent: number; received: number };
      };
      const { sent, received } = stats.statistics;
      assert.equal([stats.reason, sent, received], ['end of stream', 1, 1]);
    }
    assert.match(textOf(join(folder, 'out/logs/server.log')), /client 2 left: unregistered/);
    assert.equal(filesIn(join(folder, 'out')), SESSION_FILES);
    const ledger = readRows(textOf(join(folder, 'out/ledger.csv')));
    assert.equal(
      ledger.map(({ client, sent, delivered, unexplained }) => [client, sent, delivered, unexplained]),
      [
        ['1', '1', '1', '0'],
        ['2', '1', '1', '0'],
      ],
    );
    assert.not.match(textOf(join(folder, 'out/comparison.csv')), /mismatch/);
    assert.is(interruptedBy(join(folder, 'out')), 'SIGINT');
    assert.equal(temporaries(folder), []);
  });
});

test('live in one process, whose terminal is closed', async () => {
  await inFolder(async (folder) => {
    const args = ['live', '--mode', 'in-process', '--clients', '1', '--seed', '1', '--interval', '1h'];
    const program = start([...args, '--log-level', 'debug', '--report', 'out'], folder, true);
    const end = ended(program, LIMIT_MS);
    await started(folder);
    interrupt(program, 'SIGHUP');
    assertInterrupted(await end, 'SIGHUP', 129, ' after 1 of 48 datagrams');
    assert.equal(filesIn(join(folder, 'out')), SESSION_FILES);
    assert.is(interruptedBy(join(folder, 'out')), 'SIGHUP');
  });
});

test('live, before its first datagram: a folder that says so, and no empty table', async () => {
  await inFolder(async (folder) => {
    const args = ['live', '--clients', '1', '--seed', '1', '--report', 'out'];
    const program = start(args, folder, true);
    const end = ended(program, LIMIT_MS);
    // The server has only just been asked to start.
    await until(() => existsSync(join(folder, 'out')));
    interrupt(program, 'SIGTERM');
    assertInterrupted(await end, 'SIGTERM', 143, ' before the run had a datagram to judge');
    assertGone(program);
    assert.equal(
      filesIn(join(folder, 'out')).filter((name) => name !== 'logs'),
      [...DRAWN, 'environment.json'].toSorted(),
    );
    assert.is(interruptedBy(join(folder, 'out')), 'SIGTERM');
  });
});

test('replay: tables, fates and arrivals of what ran; an expectation is not decided', async () => {
  await inFolder(async (folder) => {
    await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder);
    const network = ['--no-control', '--drop-list', '2', '--expect', 'lost==0'];
    const files = [
      '--fates',
      'fates',
      '--arrivals',
      'arrivals.csv',
      '--log-level',
      'debug',
      '--report',
      'out',
    ];
    const args = ['replay', 'good.jsonl', '--clients', '1', '--seed', '1', '--interval', '1h'];
    const program = start([...args, ...network, ...files], folder, true);
    const end = ended(program, LIMIT_MS);
    await started(folder);
    interrupt(program, 'SIGTERM');
    const finished = await end;
    assertInterrupted(finished, 'SIGTERM', 143, ' after 1 of 48 datagrams');
    assert.match(finished.stdout, /^expected lost==0: not decided, the run was cut short$/m);
    assertGone(program);
    assert.equal(filesIn(join(folder, 'out')), [...SESSION_FILES, 'expectations.csv'].toSorted());
    assert.equal(readdirSync(join(folder, 'fates')), ['fates-1-down.jsonl']);
    assert.is(textOf(join(folder, 'fates/fates-1-down.jsonl')).trimEnd().split('\n').length, 1);
    assert.is(readRows(textOf(join(folder, 'arrivals.csv'))).length, 1);
    assert.equal(temporaries(folder), []);
  });
});

test('replay, in its control run: that is left out, and named', async () => {
  await inFolder(async (folder) => {
    await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder);
    const args = ['replay', 'good.jsonl', '--clients', '1', '--seed', '1', '--interval', '1h'];
    const program = start([...args, '--log-level', 'debug', '--report', 'out'], folder, true);
    const end = ended(program, LIMIT_MS);
    await until(() => textOf(join(folder, 'out/logs/control/server.log')).includes('sent 1 to client 1'));
    interrupt(program, 'SIGINT');
    const finished = await end;
    assertInterrupted(finished, 'SIGINT', 130, ' before the replay had a datagram to judge');
    assert.match(finished.stdout, /^the control run was not finished, and is left out$/m);
    assertGone(program);
    assert.equal(filesIn(join(folder, 'out')), [...DRAWN, 'environment.json', 'logs'].toSorted());
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
    const { code, stderr } = await end;
    assert.match(stderr, /\ninterrupted; nothing was written\n$/);
    assert.is(code, 130);
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
    const end = ended(program, LIMIT_MS);
    await printed(program, /^10000 us, 1 client: \d+ of \d+ received/m);
    interrupt(program, 'SIGINT');
    const finished = await end;
    assertInterrupted(finished, 'SIGINT', 130, ' after 1 of 2 points; the one under way is left out');
    assert.match(finished.stdout, /^interval +clients[^]*\n10000 us +1 /m);
    assertGone(program);
    assert.equal(filesIn(join(folder, 'out')), [...DRAWN, 'environment.json', 'throughput.csv'].toSorted());
    const rows = readRows(textOf(join(folder, 'out/throughput.csv')));
    assert.equal(
      rows.map(({ interval_us: intervalUs }) => intervalUs),
      ['10000'],
    );
    assert.is(interruptedBy(join(folder, 'out')), 'SIGINT');
  });
});

test('bench --capacity: the searches that were finished are kept, the one under way is named', async () => {
  await inFolder(async (folder) => {
    const args = ['bench', '--capacity', '--duration', '5ms', '--transport', 'node', '--mode', 'in-process'];
    const program = start([...args, '--report', 'out'], folder, true);
    const end = ended(program, LIMIT_MS);
    await printed(program, /^server-proxy-client, node\n {2}offered/m, 240_000);
    interrupt(program, 'SIGINT');
    assertInterrupted(
      await end,
      'SIGINT',
      130,
      ': the search over server-proxy-client, node was not finished, and is left out',
    );
    assertGone(program);
    assert.equal(filesIn(join(folder, 'out')), [...DRAWN, 'capacity.csv', 'environment.json'].toSorted());
    const rows = readRows(textOf(join(folder, 'out/capacity.csv')));
    assert.equal(
      rows.map(({ path }) => path),
      ['server-client'],
    );
    assert.is(interruptedBy(join(folder, 'out')), 'SIGINT');
  });
});

test('the main job: the steps that were finished are kept, the one under way is named', async () => {
  await inFolder(async (folder) => {
    const program = start(['run', '--short', '--seed', '1', '--report', 'out'], folder, true);
    const end = ended(program, LIMIT_MS);
    await printed(program, /^3\/5 replay/m, 60_000);
    interrupt(program, 'SIGINT');
    assertInterrupted(await end, 'SIGINT', 130, ' in step 3/5, replay; ');
    assertGone(program);
    const rows = readRows(textOf(join(folder, 'out/ledger.csv')));
    assert.equal(
      rows.filter(({ scenario }) => scenario === 'live').map(({ unexplained }) => unexplained),
      ['0', '0', '0'],
    );
    assert.is(interruptedBy(join(folder, 'out')), 'SIGINT');
    assert.equal(temporaries(folder), []);
  });
});

test.run();
