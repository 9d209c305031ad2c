import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { figureOf, figuresOf, notMeasured } from '../../src/metrics/absent.ts';
import { METRIC_NAMES } from '../../src/metrics/catalogue.ts';
import type { MetricName, Statistics } from '../../src/metrics/catalogue.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';

/** Statistics of a stream of 10 of which these counts arrive, a millisecond apart. */
function measure(arrived: readonly number[], planned = true, last: number | null = 10): Statistics {
  const metrics = new StreamMetrics({ firstCount: 1 });
  for (const [k, count] of arrived.entries())
    metrics.handleArrival(count, k * 1e6, planned ? count * 1e6 : Number.NaN, 100);
  metrics.finish(last);
  return metrics.statistics();
}

const noneOf = (statistics: Statistics): MetricName[] =>
  METRIC_NAMES.filter((name) => figureOf(name, statistics) === 'none');

const NO_BURST = ['burst_density_ratio', 'burst_length_mean'];
const NO_ORDER = ['reorder_extent_mean', 'reorder_late_offset_max_us'];
const DELAYS = ['p50', 'p95', 'p99', 'p999', 'max'];
const TIMES = [
  ...['us', 'mean_us', 'max_us', 'received_us', 'received_mean_us', 'received_max_us'].map(
    (name) => `jitter_${name}`,
  ),
  ...DELAYS.map((name) => `delay_${name}_us`),
  ...DELAYS.map((name) => `pdv_${name}_us`),
  ...['min', ...DELAYS].map((name) => `ipdv_${name}_us`),
];
/** What only numbers that wrap have. */
const UNWRAPPED = ['unindexed', 'restarts'];

const test = suite('figures that have no value');

test('a number is a number', () => {
  const statistics = measure([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const figures = figuresOf(statistics);
  assert.is(figures.lost, 0);
  assert.is(figures.delay_max_us, -1000);
  assert.equal(Object.keys(figures), METRIC_NAMES);
});

test('a stream without losses or reordering has nothing to take their means over', () => {
  assert.equal(noneOf(measure([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])), [
    ...NO_ORDER,
    'loss_period_mean',
    'loss_distance_mean',
    ...NO_BURST,
  ]);
});

test('a lone loss has a period, and no distance', () => {
  assert.equal(noneOf(measure([1, 2, 3, 4, 6, 7, 8, 9, 10])), [
    ...NO_ORDER,
    'loss_distance_mean',
    ...NO_BURST,
  ]);
});

test('a burst that covers everything leaves no gap', () => {
  assert.equal(noneOf(measure([2, 3, 4, 5, 6, 7, 8, 9])), [
    ...NO_ORDER,
    'gap_density_ratio',
    'gap_length_mean',
  ]);
});

test('where nothing arrives there are no delays and no rates', () => {
  assert.equal(noneOf(measure([])), [
    'reordered_ratio',
    ...NO_ORDER,
    'gap_density_ratio',
    'gap_length_mean',
    ...TIMES,
    'throughput_pps',
    'throughput_bps',
  ]);
});

test('what arrived and has no planned time was not measured, and so is what was never asked for', () => {
  const unplanned = measure([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false, null);
  assert.equal(notMeasured(unplanned), ['sent', 'corrupted', ...UNWRAPPED, ...TIMES]);
  assert.equal(notMeasured(measure([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])), ['corrupted', ...UNWRAPPED]);
});

test('a client that was promised nothing and heard nothing lost nobody knows what', () => {
  const metrics = new StreamMetrics({ firstCount: null });
  metrics.finish(null);
  const absent = notMeasured(metrics.statistics());
  for (const name of ['lost', 'loss_ratio', 'loss_period_mean', 'gap_length_mean'] as const)
    assert.ok(absent.includes(name), name);
});

test.run();
