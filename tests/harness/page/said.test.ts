/** What the page says of a datagram and of a bin. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { binned } from '../../../harness/page/bins.ts';
import type { Datagrams } from '../../../harness/page/datagramRows.ts';
import { sayBin, sayDatagram } from '../../../harness/page/said.ts';

const test = suite('what the page says of a datagram');

const data: Datagrams = {
  rows: 4,
  numbers: Int32Array.of(8, 9, 10, 11),
  isEntered: false,
  causeNames: ['none', 'outage', 'list', 'independent'],
  cause: Int32Array.of(0, 3, 0, 0),
  damaged: Int32Array.of(0, 0, 0, 1),
  hold: Int32Array.of(3, 0, 0, 0),
  copies: Int32Array.of(0, 0, 1, 0),
  arrived: Int32Array.of(1, 0, 2, 0),
  extent: Int32Array.of(1, 0, 0, 0),
  dueUs: Float64Array.of(0, 10_000, 20_000, 30_000),
  delayUs: Float64Array.of(30_100, Number.NaN, 120, Number.NaN),
  againRow: Int32Array.of(2),
  againDelayUs: Float64Array.of(125),
  unitNs: 1,
};

test('a datagram: its number, when it was due, what was decided, what became of it', () => {
  assert.equal(
    [0, 1, 2, 3].map((row) => sayDatagram(data, row)),
    [
      'No. 8, due at 0.000000 s: held for 3; arrived after 30.1 ms, reordered by 1 place.',
      'No. 9, due at 0.010000 s: dropped: independent; did not arrive.',
      'No. 10, due at 0.020000 s: sent twice; arrived after 120 µs, twice.',
      'No. 11, due at 0.030000 s: damaged; did not arrive.',
    ],
  );
});

test('a bin: its numbers, what it lost, its delays; the last one ends with the stream', () => {
  const bins = binned(data, 0, 4, 2);
  assert.is(
    sayBin(data, bins, 0, 0),
    'Nos. 8 to 9: 1 lost, 0 extra copies, 1 reordered; delays 30.1 ms to 30.1 ms, mean 30.1 ms.',
  );
  const all = binned(data, 1, 4, 2);
  assert.is(sayBin(data, all, 1, 1), 'Nos. 11 to 11: 1 lost, 0 extra copies, 0 reordered; nothing arrived.');
});

test.run();
