/** The smoke size of every workload, as a user runs it, against the peers that are installed: all of ours is accounted for. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('all workloads against the peers');

const ROOT = join(import.meta.dirname, '../..');
const LIMIT_MS = 10 * 60_000;
const WITH_COMPILER = [
  'proxy',
  'record',
  'record 100000/s',
  'report',
  'latency 500/s',
  'latency 5000/s',
  'pacing 1ms',
  'pacing 100us',
  'pacing 10us',
  'pages',
];
const ALWAYS = ['throughput', 'pacing 1us', 'timers 1ms', 'timers 10ms', 'node'];

const bench = (...args: string[]) =>
  spawnSync('npm', ['run', '--silent', 'bench:peers', '--', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
  });

test('nothing of ours is unexplained, and every workload has a row of ours', () => {
  const report = mkdtempSync(join(tmpdir(), 'peers-report-'));
  try {
    const { status, stdout, stderr } = bench('--smoke', '--report', report);
    assert.is(status, 0, `${stdout}\n${stderr}`);
    const rows = readFileSync(join(report, 'peers.csv'), 'utf8').trimEnd().split('\n').slice(1);
    // Round trips are measured on each transport that works here.
    const named = rows
      .filter((row) => row.includes(',matchstream,'))
      .map((row) => (row.split(',')[7] ?? '').replace(/ (linux|node)$/, ''));
    const ours = [...new Set(named)];
    const wanted = /^left out: /m.test(stdout) ? ALWAYS : [...ALWAYS, ...WITH_COMPILER];
    assert.equal(ours.toSorted(), wanted.toSorted());
    assert.match(stdout, /^pacing 1us: ours sent [\d.]+ of the rate asked for .* nothing unexplained/m);
    if (wanted.includes('latency 500/s')) {
      assert.match(
        stdout,
        /^latency 500\/s node: ours adds p50 .* us, p99 .* of the process .* us, idle .* wake-ups\/s/m,
      );
    }
    assert.match(stdout, /^timers 1ms, processor time: ours\/setInterval and node:dgram = /m);
  } finally {
    rmSync(report, { recursive: true, force: true });
  }
});

test('what cannot be run is refused with its option, and exit code 2', () => {
  const { status, stderr } = bench('--runs', '0');
  assert.is(status, 2, stderr);
  assert.match(stderr, /^error: --runs: expected /m);
});

test.run();
