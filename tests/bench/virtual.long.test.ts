/**
 * Ten million datagrams on the virtual clock, in bounded memory and with the same result each time. Rates and costs
 * are printed, not judged: how fast a machine is that something else keeps busy is no property of this program.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runVirtualBench } from '../../bench/virtual/virtualSuite.ts';

const LENGTHS = [1_000_000, 10_000_000];
const MAX_MIB = 200;

const test = suite('the virtual engine at length');

test('neither one million datagrams nor ten take more than 200 MiB, and a second run gives the same', async () => {
  const hashes = new Set<string>();
  for (let round = 0; round < 2; round += 1) {
    const rows = await runVirtualBench({ datagrams: LENGTHS, runs: 1, onLine: (line) => console.log(line) });
    assert.is(rows.length, 4);
    for (const row of rows) {
      hashes.add(`${row.datagram_bytes} ${row.datagrams} ${row.hash}`);
      assert.ok(row.peak_rss_mib <= MAX_MIB, `${row.datagrams}: ${row.peak_rss_mib} MiB`);
    }
  }
  assert.is(hashes.size, 4);
});

test.run();
