/** The benchmarks that npm scripts start, at their smoke size, as programs. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('the benchmark programs');

const ROOT = join(import.meta.dirname, '../..');

const bench = (name: string, ...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', `bench/${name}/main.ts`, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 5 * 60_000,
  });

test('memory compares the peaks of every process over a stream and ten times as long a one', () => {
  const { status, stdout, stderr } = bench('memory', '--smoke');
  assert.is(status, 0, `${stdout}${stderr}`);
  for (const role of ['server', 'proxy', 'client']) {
    const line = `^${role}: [\\d.]+ MiB over 20000 datagrams, [\\d.]+ MiB over 2000: ratio [\\d.]+ \\(medians of 1\\)$`;
    assert.match(stdout, new RegExp(line, 'm'));
  }
});

test('clients compares what a datagram costs with many and with few', () => {
  const { status, stdout, stderr } = bench('clients', '--smoke');
  assert.is(status, 0, `${stdout}${stderr}`);
  assert.match(
    stdout,
    /^node: [\d.]+ us a datagram with 40 clients, [\d.]+ us with 4: ratio [\d.]+ \(medians of 1\)$/m,
  );
});

test('recording compares writing and checking with openssl, and replays a large one', () => {
  const { status, stdout, stderr } = bench('recording', '--smoke');
  assert.is(status, 0, `${stdout}${stderr}`);
  for (const format of ['jsonl', 'pcapng'])
    for (const size of [1200, 200])
      for (const content of ['text', 'bytes']) {
        const line = `^${format} of \\d+ datagrams of ${size} bytes \\(${content}\\), \\d+ MB: written in [\\d.]+, checked in [\\d.]+ times `;
        assert.match(stdout, new RegExp(line, 'm'));
      }
  assert.match(
    stdout,
    /^replay of 1667 datagrams of 1200 bytes .*, --no-verdict: \d+ MiB at most, [\d.]+ s, 0 unexplained$/m,
  );
});

test('simulate counts seeds a second, and its sum is the same everywhere', () => {
  const { status, stdout, stderr } = bench('simulate', '--smoke');
  assert.is(status, 0, `${stdout}${stderr}`);
  assert.match(
    stdout,
    /^50 seeds of 100 datagrams: \d+ seeds a second \(\d+ to \d+; median of 1\), sum fc66c0a6\n$/,
  );
});

test('a wrong option is refused by its name, with exit code 2', () => {
  const { status, stderr } = bench('memory', '--runs', '0');
  assert.is(status, 2);
  assert.match(stderr, /^error: --runs: expected /);
});

test.run();
