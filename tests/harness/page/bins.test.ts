/** Sums that the page draws: bins, runs of losses, extents, percentiles, against small tables and the definition. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  binned,
  extents,
  measuredRuns,
  percentiles,
  rowAt,
  scheduledRuns,
} from '../../../harness/page/bins.ts';
import type { Datagrams } from '../../../harness/page/datagramRows.ts';
import { randomStream } from '../../../src/base/random.ts';

const test = suite('what the page sums up');

/** Delays in microseconds; null did not arrive. */
function datagrams(delays: readonly (number | null)[], more: Partial<Datagrams> = {}): Datagrams {
  const rows = delays.length;
  return {
    rows,
    numbers: Int32Array.from(delays, (_, k) => k + 1),
    isEntered: false,
    causeNames: ['none'],
    cause: new Int32Array(rows),
    damaged: new Int32Array(rows),
    hold: new Int32Array(rows),
    copies: new Int32Array(rows),
    arrived: Int32Array.from(delays, (delay) => (delay === null ? 0 : 1)),
    extent: new Int32Array(rows),
    dueUs: Float64Array.from(delays, (_, k) => k * 1000),
    delayUs: Float64Array.from(delays, (delay) => delay ?? Number.NaN),
    againRow: new Int32Array(0),
    againDelayUs: new Float64Array(0),
    unitNs: 1,
    ...more,
  };
}

test('bins have the smallest, mean and largest delay, and count what happened', () => {
  const data = datagrams([1, 3, null, 8, null, null, 5], {
    arrived: Int32Array.of(1, 3, 0, 1, 0, 0, 1),
    extent: Int32Array.of(0, 0, 0, 2, 0, 0, 1),
  });
  const bins = binned(data, 0, 7, 4);
  assert.equal([bins.size, bins.length], [2, 4]);
  assert.equal([...bins.minUs], [1, 8, NaN, 5]);
  assert.equal([...bins.meanUs], [2, 8, NaN, 5]);
  assert.equal([...bins.maxUs], [3, 8, NaN, 5]);
  assert.equal([...bins.lost], [0, 1, 2, 0]);
  assert.equal([...bins.again], [2, 0, 0, 0]);
  assert.equal([...bins.reordered], [0, 1, 0, 1]);
});

test('bins of a part count that part alone', () => {
  const bins = binned(datagrams([1, null, 3, 4]), 1, 3, 10);
  assert.equal([bins.size, [...bins.lost], [...bins.maxUs]], [1, [1, 0], [NaN, 3]]);
});

test('runs of losses, measured and scheduled', () => {
  const data = datagrams([null, 1, null, null, 1, null, null], {
    cause: Int32Array.of(3, 0, 3, 3, 3, 0, 0),
    damaged: Int32Array.of(0, 0, 0, 0, 0, 0, 1),
  });
  assert.equal(measuredRuns(data), [
    [1, 1],
    [2, 2],
  ]);
  assert.equal(scheduledRuns(data), [
    [1, 2],
    [3, 1],
  ]);
  assert.equal(measuredRuns(datagrams([1, 2])), []);
});

test('extents are counted, without what is in order', () => {
  assert.equal(extents(datagrams([1, 1, 1, 1], { extent: Int32Array.of(0, 2, 1, 2) })), [
    [1, 1],
    [2, 2],
  ]);
});

test('percentiles are nearest ranks of what arrived', () => {
  const { draw } = randomStream('percentiles');
  for (const size of [1, 2, 10, 1000]) {
    const delays = Array.from({ length: size }, () => Math.floor(draw() * 1e6));
    const points = percentiles(datagrams([...delays, null]));
    for (const [share, delayUs] of points) {
      // The smallest value that at least this share of the values does not exceed.
      const within = delays.filter((one) => one <= delayUs).length;
      const below = delays.filter((one) => one < delayUs).length;
      assert.ok(
        within >= share * size - 1e-6 && (below < share * size + 1e-6 || share === 0),
        `${size}: ${share}`,
      );
    }
    assert.is(points.at(-1)?.[1], Math.max(...delays));
    assert.is(points[0]?.[1], Math.min(...delays));
  }
  assert.equal(percentiles(datagrams([null])), []);
});

test('a time finds the first datagram that is due then or later', () => {
  const due = Float64Array.of(0, 10, 10, 20);
  assert.equal(
    [-1, 0, 1, 10, 11, 20, 21].map((at) => rowAt(due, at)),
    [0, 0, 1, 1, 3, 3, 4],
  );
});

test.run();
