import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
import type { Statistics } from '../../src/metrics/catalogue.ts';
import { disagreement, generateStream, measure, streamOf } from './sequences.ts';
import { refusal } from '../refusals.ts';

/** The chosen statistics of a stream's arrivals. */
function pickFrom(statistics: Statistics, expected: Partial<Statistics>): Partial<Statistics> {
  return Object.fromEntries(
    Object.keys(expected).map((name) => [name, statistics[name as keyof Statistics]]),
  );
}
function expectStatistics(
  counts: number[],
  lastCount: number | null,
  expected: Partial<Statistics>,
  first: number | null = 1,
): void {
  assert.equal(pickFrom(measure(streamOf(counts, lastCount, first)).statistics, expected), expected);
}

const test = suite('stream metrics by hand');

test('a loss, a duplicate and a reordering are three different things', () => {
  expectStatistics([1, 3, 3, 4], 4, {
    sent: 4,
    received: 4,
    unique: 3,
    lost: 1,
    loss_ratio: 0.25,
    duplicates: 1,
    replicated: 1,
    reordered: 0,
  });
});

test('a swap is one reordered arrival and no loss', () => {
  expectStatistics([1, 2, 4, 3, 5], 5, {
    lost: 0,
    reordered: 1,
    reordered_ratio: 0.2,
    reorder_extent_max: 1,
    reorder_extent_mean: 1,
    reorder_late_offset_max_us: 1000,
    n_reordering_1: 1,
    n_reordering_2: 0,
  });
});

test('one early arrival makes every one it overtook reordered', () => {
  expectStatistics([1, 5, 2, 3, 4, 6], 6, {
    lost: 0,
    reordered: 3,
    reorder_extent_max: 3,
    reorder_extent_mean: 2,
    reorder_late_offset_max_us: 3000,
    n_reordering_1: 1,
    n_reordering_2: 0,
    n_reordering_3: 0,
  });
});

test('one late arrival behind three is 3-reordered', () => {
  expectStatistics([2, 3, 4, 1], 4, {
    reordered: 1,
    n_reordering_1: 1,
    n_reordering_2: 1,
    n_reordering_3: 1,
    reorder_extent_max: 3,
  });
});

test('an empty stream has lost nothing', () => {
  expectStatistics([], 0, {
    sent: 0,
    received: 0,
    lost: 0,
    loss_ratio: null,
    reordered_ratio: null,
    bursts: 0,
    gap_density_ratio: null,
  });
});

test('a stream of which nothing arrives is lost whole', () => {
  expectStatistics([], 10, {
    sent: 10,
    unique: 0,
    lost: 10,
    loss_ratio: 1,
    loss_periods: 1,
    loss_period_max: 10,
    loss_period_mean: 10,
    loss_distance_mean: 1,
    bursts: 1,
    burst_density_ratio: 1,
    burst_length_mean: 10,
    gap_length_mean: null,
  });
});

test('without a promise and without an arrival, loss is not measured', () => {
  expectStatistics([], 10, { sent: null, lost: null, loss_ratio: null }, null);
});

test('a single arrival is a whole stream', () => {
  expectStatistics([1], 1, {
    sent: 1,
    unique: 1,
    lost: 0,
    loss_ratio: 0,
    jitter_us: null,
    delay_p50_us: -1000,
    pdv_max_us: 0,
    throughput_pps: null,
    gap_density_ratio: 0,
    gap_length_mean: 1,
  });
});

test('tail loss shows when the last count is known, and only then', () => {
  expectStatistics([1, 2, 3], 5, { sent: 5, lost: 2, loss_ratio: 0.4, loss_periods: 1 });
  expectStatistics([1, 2, 3], null, { sent: null, lost: 0, loss_ratio: 0, loss_periods: 0 });
});

test('head loss shows when the first count was promised, and only then', () => {
  expectStatistics([3, 4], 4, { sent: 4, lost: 2 });
  expectStatistics([3, 4], 4, { sent: 2, lost: 0 }, null);
});

test('without a promise, a count below the first arrival is before the first', () => {
  expectStatistics(
    [3, 2, 4],
    4,
    { received: 3, unique: 2, before_first: 1, reordered: 0, duplicates: 0, lost: 0 },
    null,
  );
});

test('a count that arrived above the last one announced is part of the stream', () => {
  expectStatistics([1, 2, 4], 2, { sent: 4, unique: 3, lost: 1 });
});

test('a count below the window is neither duplicate nor reordered, and stays lost', () => {
  const stream = { ...streamOf([1, 3, 4, 5, 6, 1, 2], 6), windowCounts: 4 };
  const { statistics } = measure(stream);
  const expected = { received: 7, unique: 5, outside_window: 2, duplicates: 0, reordered: 0, lost: 1 };
  assert.equal(pickFrom(statistics, expected), expected);
});

test('a jump of 2^50 is one loss period, and costs no more than the window', () => {
  const far = 2 ** 50;
  expectStatistics([1, far, far + 2, far + 1, 2], far + 2, {
    sent: far + 2,
    unique: 4,
    lost: far - 2,
    reordered: 1,
    reorder_extent_max: 1,
    outside_window: 1,
    loss_periods: 1,
    loss_period_max: far - 2,
    loss_distance_mean: 1,
    bursts: 1,
    burst_length_mean: far - 2,
  });
});

test('received is unique plus duplicates plus those outside', () => {
  for (let k = 0; k < 50; k += 1) {
    const { statistics: s } = measure(generateStream(`sum/${k}`, 100));
    assert.is(
      s.received,
      Number(s.unique) + Number(s.duplicates) + Number(s.outside_window) + Number(s.before_first),
    );
  }
});

test('corrupted is not measured where nothing is checked', () => {
  const unchecked = new StreamMetrics({ firstCount: 1 });
  assert.is(unchecked.statistics().corrupted, null);
  assert.throws(() => unchecked.handleCorrupted(), /none is checked/);
  const checked = new StreamMetrics({ firstCount: 1, verifiesCheck: true });
  assert.is(checked.statistics().corrupted, 0);
  checked.handleCorrupted();
  checked.handleMalformed();
  checked.handleMalformed();
  checked.finish(1);
  const expected = { corrupted: 1, malformed: 2, received: 0, lost: 1 };
  assert.equal(pickFrom(checked.statistics(), expected), expected);
});

test('before the end, lost is what is missing so far and periods are what is final', () => {
  const metrics = new StreamMetrics({ firstCount: 1, windowCounts: 4 });
  for (const count of [1, 3, 4, 6]) metrics.handleArrival(count, 0, Number.NaN, 1);
  const expected = { sent: null, lost: 2, loss_periods: 1 };
  assert.equal(pickFrom(metrics.statistics(), expected), expected);
});

test('a last count that is none is refused at the call, and the stream can still be finished', () => {
  for (const wrong of [Number.NaN, 1.5, 2 ** 53, Number.POSITIVE_INFINITY]) {
    const metrics = new StreamMetrics({ firstCount: 1 });
    metrics.handleArrival(1, 0, 0, 1);
    assert.throws(() => metrics.finish(wrong), refusal('value-format', null));
    metrics.finish(2);
    assert.is(metrics.statistics().lost, 1);
  }
});

test('finishing twice changes nothing', () => {
  const metrics = new StreamMetrics({ firstCount: 1 });
  metrics.handleArrival(1, 0, 0, 1);
  metrics.finish(3);
  const once = metrics.statistics();
  metrics.finish(9);
  assert.equal(metrics.statistics(), once);
});

test('asking for statistics on the way changes nothing', () => {
  const stream = generateStream('asked/3', 200);
  const asked = new StreamMetrics(stream);
  for (const a of stream.arrivals) {
    asked.handleArrival(a.count, a.arrivalNs, a.sendNs, a.sizeBytes);
    asked.statistics();
    asked.reorderDensity();
  }
  asked.finish(stream.lastCount);
  assert.equal(asked.statistics(), measure(stream).statistics);
});

test('an arrival after the end, or a count that is no whole number, is a bug', () => {
  const metrics = new StreamMetrics({ firstCount: 1 });
  assert.throws(() => metrics.handleArrival(Number.NaN, 0, 0, 1), refusal('value-format', null));
  assert.throws(() => metrics.handleArrival(1.5, 0, 0, 1), refusal('value-format', null));
  metrics.finish(1);
  assert.throws(() => metrics.handleArrival(1, 0, 0, 1), /after the metrics were finished/);
});

test('options are checked', () => {
  for (const windowCounts of [0, 3, -4, 1.5, 2 ** 25, 2 ** 32, Number.NaN]) {
    assert.throws(() => new StreamMetrics({ firstCount: 1, windowCounts }), refusal('value-range', null));
  }
  assert.throws(() => new StreamMetrics({ firstCount: 0.5 }), refusal('value-format', null));
});

test.run();

const against = suite('stream metrics against the definitions');

against('1 500 generated streams agree with the brute-force oracle', () => {
  for (let k = 0; k < 1500; k += 1) {
    const key = `metrics/${k}`;
    const stream = generateStream(key, 120);
    const difference = disagreement(stream);
    assert.is(difference, null, `generateStream('${key}', 120): ${difference}`);
  }
});

against('the same stream gives the same statistics twice', () => {
  for (let k = 0; k < 50; k += 1) {
    assert.equal(measure(generateStream(`twice/${k}`, 200)), measure(generateStream(`twice/${k}`, 200)));
  }
});

against.run();
