import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../src/base/random.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
import { disagreement, generateStream } from './sequences.ts';

const test = suite('stream metrics at length');

test('12 000 generated streams agree with the brute-force oracle', () => {
  for (let k = 0; k < 12_000; k += 1) {
    const key = `metrics-long/${k}`;
    const difference = disagreement(generateStream(key, 200));
    assert.is(difference, null, `generateStream('${key}', 200): ${difference}`);
  }
});

/** The smallest k with P(X ≤ k) ≥ share, X binomial: the mass summed up term by term. */
function binomialQuantile(n: number, p: number, share: number): number {
  let logMass = n * Math.log1p(-p);
  let below = Math.exp(logMass);
  let k = 0;
  while (below < share) {
    logMass += Math.log((n - k) / (k + 1)) + Math.log(p / (1 - p));
    k += 1;
    below += Math.exp(logMass);
  }
  return k;
}

function lossyMillion(p: number) {
  const { draw } = randomStream('binomial/drop');
  const metrics = new StreamMetrics({ firstCount: 1 });
  const n = 1_000_000;
  for (let count = 1; count <= n; count += 1) {
    if (draw() >= p) metrics.handleArrival(count, count * 1000, count * 1000, 200);
  }
  metrics.finish(n);
  return metrics.statistics();
}

test('independent loss of 5 % over a million stays within the exact binomial bounds at 1 − 10⁻⁶', () => {
  const n = 1_000_000;
  const p = 0.05;
  const statistics = lossyMillion(p);
  const lost = Number(statistics.lost);
  assert.ok(
    lost >= binomialQuantile(n, p, 0.5e-6) && lost <= binomialQuantile(n, p, 1 - 0.5e-6),
    `lost ${lost}`,
  );
  assert.is(Number(statistics.unique) + lost, n);
  assert.is(statistics.reordered, 0);
  // A period starts at a loss after an arrival: n p (1 − p) of them, and at most n p independent-ish events, so
  // six times √(n p) bounds the deviation far beyond 10⁻⁶. The same for the mean run, 1 / (1 − p).
  assert.ok(Math.abs(Number(statistics.loss_periods) - n * p * (1 - p)) <= 6 * Math.sqrt(n * p));
  assert.ok(Math.abs(Number(statistics.loss_period_mean) - 1 / (1 - p)) <= 6 / Math.sqrt(n * p));
  // Distances are geometric with mean 1 / p and deviation below 1 / p, over some n p of them.
  assert.ok(Math.abs(Number(statistics.loss_distance_mean) - 1 / p) <= 6 / p / Math.sqrt(n * p));
  assert.equal(lossyMillion(p), statistics);
});

test('holding every twentieth of a million back by one place reorders exactly 50 000', () => {
  const metrics = new StreamMetrics({ firstCount: 1 });
  for (let k = 1; k <= 1_000_000; k += 1) {
    // 20 and 21 swap, 40 and 41 swap, …; the last pair stays inside the stream.
    const count = k % 20 === 0 ? k + 1 : k % 20 === 1 && k > 1 ? k - 1 : k;
    metrics.handleArrival(count, k * 1000, Number.NaN, 200);
  }
  metrics.handleArrival(1_000_000, 1e9 + 1000, Number.NaN, 200);
  metrics.finish(1_000_001);
  const {
    lost,
    reordered,
    reorder_extent_mean: extentMean,
    n_reordering_1: once,
    n_reordering_2: twice,
  } = metrics.statistics();
  assert.equal(
    { lost, reordered, extentMean, once, twice },
    { lost: 0, reordered: 50_000, extentMean: 1, once: 50_000, twice: 0 },
  );
  assert.equal(
    [...metrics.reorderDensity()],
    [
      [-1, 50_000],
      [0, 900_001],
      [1, 50_000],
    ],
  );
});

test.run();
