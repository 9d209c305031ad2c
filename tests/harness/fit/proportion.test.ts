import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { estimateProportion } from '../../../harness/fit/proportion.ts';
import type { Proportion } from '../../../harness/fit/proportion.ts';

const test = suite('a proportion has its exact 95 % interval');

const estimate = (hits: number, trials: number): Proportion => estimateProportion(hits, trials) as Proportion;

test('the intervals are the published ones', () => {
  // Clopper and Pearson's limits, as R's binom.test and SciPy print them.
  for (const [hits, trials, low, high] of [
    [0, 10, 0, 0.308_497_107_818_760_7],
    [5, 10, 0.187_086_028_447_398_55, 0.812_913_971_552_601_5],
    [10, 100, 0.049_004_689_221_485_95, 0.176_222_597_740_022_66],
    [1, 1000, 2.531_748_749_129_404e-5, 0.005_558_924_279_826_672],
    [5000, 100_000, 0.048_657_255_207_270_746, 0.051_368_920_880_580_44],
    [10, 10, 1 - 0.308_497_107_818_760_7, 1],
  ] as const) {
    const got = estimate(hits, trials);
    assert.is(got.value, hits / trials);
    assert.ok(Math.abs(got.low - low) < 1e-10, `${hits} of ${trials}: low ${got.low}`);
    assert.ok(Math.abs(got.high - high) < 1e-10, `${hits} of ${trials}: high ${got.high}`);
  }
});

test('as many trials as a trace can hold still have an interval', () => {
  for (const [hits, trials, low, high] of [
    [3, 2 ** 31, 2.880_916_572_616_325e-10, 4.082_579_658_352_636e-9],
    [1e6, 2 ** 30, 9.294_989_458_654_611e-4, 9.331_488_947_886_91e-4],
  ] as const) {
    const got = estimate(hits, trials);
    assert.ok(Math.abs(got.low / low - 1) < 1e-5, `low ${got.low}`);
    assert.ok(Math.abs(got.high / high - 1) < 1e-5, `high ${got.high}`);
  }
});

test('no trial, no proportion', () => assert.is(estimateProportion(0, 0), null));

test('at each limit what was seen is in the outer 2.5 %, by sums of binomial terms', () => {
  const atLeast = (hits: number, trials: number, p: number): number => {
    let total = 0;
    for (let k = hits; k <= trials; k += 1) {
      let term = 1;
      for (let j = 1; j <= k; j += 1) term *= ((trials - k + j) / j) * p;
      total += term * (1 - p) ** (trials - k);
    }
    return total;
  };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(40), (trials, drawn) => {
      const hits = Math.min(drawn, trials);
      const { low, high } = estimate(hits, trials);
      if (hits > 0) assert.ok(Math.abs(atLeast(hits, trials, low) - 0.025) < 1e-9);
      if (hits < trials) assert.ok(Math.abs(1 - atLeast(hits + 1, trials, high) - 0.025) < 1e-9);
    }),
    { seed: 11, numRuns: 200 },
  );
});

test.run();
