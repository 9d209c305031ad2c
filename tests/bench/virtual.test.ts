/** The virtual engine's benchmark, small: it runs, accounts for everything, and comes to what it always comes to. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildBenchCommand } from '../../harness/cli/benchCommand.ts';
import { formatVirtualRow } from '../../bench/virtual/virtualText.ts';
import { runVirtualBench } from '../../bench/virtual/virtualSuite.ts';
import { runVirtualStream } from '../../bench/virtual/measureStream.ts';
import { assertRefusal } from '../refusals.ts';

/** A hash that changes says that the stream, its fates, its account or its statistics have. */
const PADDED_HASH = '93770d12';
const UNPADDED_HASH = 'a88c0166';

const test = suite('the benchmark of the virtual engine');

test('comes to the committed hashes, in this process and in its own, run after run', async () => {
  const lines: string[] = [];
  const rows = await runVirtualBench({ datagrams: [5000], runs: 2, onLine: (line) => lines.push(line) });
  assert.equal(
    rows.map((row) => [row.datagram_bytes, row.datagrams, row.runs, row.hash]),
    [
      [1200, 5000, 2, PADDED_HASH],
      [null, 5000, 2, UNPADDED_HASH],
    ],
  );
  assert.is(await runVirtualStream({ datagrams: 5000, datagramBytes: 1200 }), PADDED_HASH);
  assert.is(await runVirtualStream({ datagrams: 5000, datagramBytes: null }), UNPADDED_HASH);
  for (const row of rows) {
    assert.ok(row.min_s > 0 && row.min_s <= row.median_s && row.median_s <= row.max_s);
    assert.is(row.datagrams_per_s, 5000 / row.median_s);
    assert.ok(row.peak_rss_mib > 10 && row.peak_rss_mib < 200, `${row.peak_rss_mib}`);
  }
  assert.is(lines.length, 2);
});

test('comes to another hash for another stream', async () => {
  assert.is.not(await runVirtualStream({ datagrams: 4999, datagramBytes: 1200 }), PADDED_HASH);
});

test('says a row in a line', () => {
  const row = {
    datagram_bytes: 1200,
    datagrams: 1_000_000,
    runs: 5,
    datagrams_per_s: 2_500_000.4,
    median_s: 0.4,
    min_s: 0.39,
    max_s: 0.4321,
    peak_rss_mib: 120.4,
    hash: '0badcafe',
  };
  assert.is(
    formatVirtualRow(row, 0.41),
    '1000000 datagrams, 1200 B: 2500000/s, median 0.400 s of 5 (0.390 to 0.432), processor 0.410 s a run, ' +
      'peak 120 MiB, hash 0badcafe',
  );
  assert.match(formatVirtualRow({ ...row, datagram_bytes: null }, 0.41), /^1000000 datagrams, unpadded: /);
});

test('refuses options that its fixed streams would not heed', async () => {
  const parse = (args: string[]): Promise<unknown> => buildBenchCommand().parseAsync(args, { from: 'user' });
  for (const args of [['--clients', '1'], ['--no-micro'], ['--intervals', '1ms']]) {
    await assertRefusal(() => parse(['--virtual', ...args]), 'conflict | --virtual', '--report');
  }
});

test.run();
