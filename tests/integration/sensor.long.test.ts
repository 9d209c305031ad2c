/** A Python sensor behind `proxy --report`: what its receiver counts is what the report has at the exit, to the datagram. */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../../bench/peers/ports.ts';
import { findFile } from '../../bench/peers/programs.ts';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { roundsOf } from '../runner/rounds.ts';
import { ended, inFolder, printed, readRows, start } from './program.ts';
import type { Program } from './program.ts';

// Before the suite is run: it runs as soon as this file waits.
const loaded = await loadNativeSockets();
const ROUNDS = roundsOf(1);
const COUNT = 1000;

const test = suite('a sensor behind a proxy that reports');

const EXAMPLES = join(import.meta.dirname, '../../examples/sensor');
/** It is told when nothing more comes: a busy machine may be silent for long. */
const SILENCE = ['--silence', '100'];

function python(file: string, ...args: readonly string[]): Program {
  return spawn('python3', [join(EXAMPLES, file), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

interface Counted {
  readonly lost: number;
  readonly duplicates: number;
  readonly reordered: number;
}

/** What the receiver counted, and the folder of the report. */
async function play(way: 'pushed' | 'answered', transport: string, seed: number, folder: string) {
  const port = await freePort();
  const report = join(folder, `report-${way}-${transport}-${seed}`);
  const server =
    way === 'pushed'
      ? python('receiver.py', `127.0.0.1:${port}`, ...SILENCE)
      : python('sensor.py', '--serve', `127.0.0.1:${port}`);
  const serverEnd = ended(server);
  await printed(server, /listening|serving/);
  const direction = way === 'pushed' ? 'up' : 'down';
  const knobs = ['--drop', '5%', '--duplicate', '1%', '--reorder', '3%', '--hold-max', '300ms'];
  const what = ['proxy', '--protocol', 'field:u32be@0', '--direction', direction, '--seed', `${seed}`];
  const ends = ['--listen', '127.0.0.1:0', '--upstream', `127.0.0.1:${port}`, '--transport', transport];
  const proxy = start([...what, ...knobs, ...ends, '--report', report], folder);
  const proxyEnd = ended(proxy);
  const [, listening] = await printed(proxy, /listening on (\S+)/);
  const client =
    way === 'pushed'
      ? python('sensor.py', listening as string)
      : python('receiver.py', '--ask', listening as string, ...SILENCE);
  const clientEnd = ended(client);
  const [sensorEnd, receiver, receiverEnd] =
    way === 'pushed' ? [clientEnd, server, serverEnd] : [serverEnd, client, clientEnd];
  const children = [server, proxy, client];
  try {
    await sensorEnd;
    // The end of the proxy lets out what it holds.
    proxy.kill('SIGINT');
    const { code, stdout, stderr } = await proxyEnd;
    receiver.kill('SIGINT');
    const counted = await receiverEnd;
    const last = counted.stdout.trimEnd().split('\n').at(-1) ?? '';
    assert.match(last, /^\{/, counted.stderr);
    return { counted: JSON.parse(last) as Counted, report, code, output: stdout + stderr, direction };
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}

const transports = ['node', ...(loaded.ok ? ['linux'] : [])];

for (const way of ['pushed', 'answered'] as const) {
  for (const transport of transports) {
    const claim = `${way}, its receiver's count is the report's, ${COUNT} readings a millisecond apart: ${transport}`;
    if (findFile('python3') === null) {
      test.skip(`${claim} (python3 is not installed; apt-get install python3)`);
      continue;
    }
    test(claim, async () => {
      await inFolder(async (folder) => {
        for (let seed = 1; seed <= ROUNDS; seed += 1) {
          const { counted, report, code, output, direction } = await play(way, transport, seed, folder);
          const tables = Object.fromEntries(
            ['comparison', 'ledger', 'ledger_causes'].map((table) => [
              table,
              readRows(readFileSync(join(report, `${table}.csv`), 'utf8')),
            ]),
          );
          const { comparison = [], ledger = [] } = tables;
          const rows = comparison.filter((row) => row['direction'] === direction);
          for (const [metric, count] of Object.entries(counted)) {
            const row = rows.find((one) => one['metric'] === metric);
            assert.is(row?.['measured'], `${count}`, `${metric}, seed ${seed}: ${output}`);
            assert.is(row?.['expected'], `${count}`, metric);
            assert.is(row?.['entered'], '0', metric);
          }
          assert.is(rows.find((row) => row['metric'] === 'sent')?.['measured'], `${COUNT}`);
          assert.equal(
            [...new Set(comparison.map((row) => row['verdict']))].toSorted(),
            ['match', 'within'],
            output,
          );
          const [account] = ledger.filter((row) => row['direction'] === direction);
          assert.is(account?.['sent'], `${COUNT}`);
          assert.is(account?.['unexplained'], '0');
          assert.is(account?.['client'], '');
          assert.is(code, 0, output);
          assert.ok(output.includes(`report: ${report}`), output);
          for (const file of ['environment.json', 'fates', 'logs', 'reorder_density.csv'])
            assert.ok(readdirSync(report).includes(file), file);
        }
      });
    });
  }
}

test('the sensor counts from 1, four bytes with the highest first', () => {
  // Read from the program's text, so that it holds where no Python is installed.
  assert.match(readFileSync(join(EXAMPLES, 'sensor.py'), 'utf8'), 'struct.pack(">If", number, degrees)');
});

test.run();
