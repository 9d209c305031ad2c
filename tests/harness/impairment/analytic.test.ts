import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  binomialInterval,
  delayQuantileNs,
  expectedReorderedRatio,
  lossInterval,
  meanLossRatio,
  meanLossRun,
} from '../../../harness/impairment/analytic.ts';
import type { DropModel } from '../../../harness/impairment/config.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { checkLossModels } from './closedFormChecks.ts';
import { checkDelays, checkLink, checkOutages, checkShares } from './shareChecks.ts';

const test = suite('the closed forms');

const model = (knobs: Record<string, string>): DropModel => readKnobs(knobs).drop as DropModel;
const near = (a: number, b: number): void =>
  assert.ok(Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b)), `${a}, ${b}`);

test('mean loss and mean run of each model', () => {
  assert.is(meanLossRatio(null), 0);
  assert.is(meanLossRun(null), 0);
  near(meanLossRun(model({ drop: '50%' })), 2);
  assert.is(meanLossRun(model({ drop: '100%' })), Infinity);
  near(meanLossRatio(model({ dropExact: '5%/100' })), 0.05);
  near(meanLossRatio(model({ dropBurst: '1%,25%' })), 0.01 / 0.26);
  // 1 / (1 − LOSS_BAD × (1 − R)), where nothing is lost in good.
  near(meanLossRun(model({ dropBurst: '1%,25%,80%' })), 1 / (1 - 0.8 * 0.75));
  near(meanLossRun(model({ dropBurst: '1%,100%' })), 1);
  // The simplest four-state case is the two-state one.
  near(meanLossRatio(model({ dropState: '1%,25%,0,0,0' })), 0.01 / 0.26);
  near(meanLossRun(model({ dropState: '1%,25%,0,0,0' })), 4);
  // Only lone losses: state 1 to 4 and back, 0.1 of every 1.1.
  near(meanLossRatio(model({ dropState: '0,25%,0,0,10%' })), 0.1 / 1.1);
  near(meanLossRun(model({ dropState: '0,25%,0,0,10%' })), 1);
});

test('the mean run of exact loss, by trying every pair of blocks', () => {
  // 2 lost of 4: 6 arrangements a block. Runs are counted over all cyclic pairs of two blocks.
  const arrangements = [3, 5, 9, 6, 10, 12].map((bits) => [0, 1, 2, 3].map((k) => (bits >> k) & 1));
  let losses = 0;
  let ends = 0;
  for (const first of arrangements) {
    for (const second of arrangements) {
      for (let k = 0; k < 4; k += 1) {
        losses += first[k] as number;
        const next = k === 3 ? (second[0] as number) : (first[k + 1] as number);
        if (first[k] === 1 && next === 0) ends += 1;
      }
    }
  }
  near(meanLossRun(model({ dropExact: '50%/4' })), losses / ends);
});

/** Probabilities of 0 … n, by Pascal's recurrence. */
function binomial(n: number, p: number): number[] {
  let row = [1];
  for (let k = 0; k < n; k += 1) {
    row = Array.from({ length: row.length + 1 }, (_, j) => (row[j] ?? 0) * (1 - p) + (row[j - 1] ?? 0) * p);
  }
  return row;
}

test('the binomial interval is the exact one', () => {
  for (const [n, p] of [
    [1, 0.5],
    [30, 0.05],
    [200, 0.5],
    [400, 0.97],
    [1000, 0.001],
  ] as const) {
    for (const tail of [1e-6, 0.05]) {
      const probabilities = binomial(n, p);
      const [low, high] = binomialInterval(n, p, tail);
      const below = (end: number): number => probabilities.slice(0, end).reduce((a, b) => a + b, 0);
      const above = (start: number): number => probabilities.slice(start).reduceRight((a, b) => a + b, 0);
      assert.ok(below(low) <= tail / 2 && below(low + 1) > tail / 2, `${n} ${p} ${tail} low ${low}`);
      assert.ok(above(high + 1) <= tail / 2 && above(high) > tail / 2, `${n} ${p} ${tail} high ${high}`);
    }
  }
});

test('the binomial interval knows its corners', () => {
  assert.equal(binomialInterval(0, 0.5), [0, 0]);
  assert.equal(binomialInterval(10, 0), [0, 0]);
  assert.equal(binomialInterval(10, 1), [10, 10]);
  assert.equal(binomialInterval(1, 0.5), [0, 1]);
});

test('at ten million it is 4.89 standard deviations wide on either side', () => {
  const [low, high] = binomialInterval(1e7, 0.05);
  const deviation = Math.sqrt(1e7 * 0.05 * 0.95);
  assert.ok(Math.abs((5e5 - low) / deviation - 4.89) < 0.03, String(low));
  assert.ok(Math.abs((high - 5e5) / deviation - 4.89) < 0.03, String(high));
});

/** Exact distribution of the losses of a Gilbert-Elliott model: state by state, loss by loss. */
function burstLosses(p: number, r: number, lossBad: number, lossGood: number, n: number): number[] {
  let good = [r / (p + r)];
  let bad = [p / (p + r)];
  for (let k = 0; k < n; k += 1) {
    const step = (
      stay: number[],
      come: number[],
      stayRatio: number,
      comeRatio: number,
      loss: number,
    ): number[] => {
      const at = (j: number): number => (stay[j] ?? 0) * stayRatio + (come[j] ?? 0) * comeRatio;
      return Array.from({ length: stay.length + 1 }, (_, j) => at(j) * (1 - loss) + at(j - 1) * loss);
    };
    [good, bad] = [step(good, bad, 1 - p, r, lossGood), step(bad, good, 1 - r, p, lossBad)];
  }
  return good.map((value, j) => value + (bad[j] as number));
}

test('the interval of a bursty model keeps its promise, and is not needlessly wide', () => {
  for (const [p, r, lossBad, lossGood] of [
    [0.01, 0.2, 1, 0],
    [0.1, 0.3, 0.8, 0.02],
    [0.002, 0.5, 1, 0],
    [0.5, 0.5, 0.5, 0.5],
  ] as const) {
    for (const n of [20, 600]) {
      const exact = burstLosses(p, r, lossBad, lossGood, n);
      const below = (end: number): number => exact.slice(0, Math.max(end, 0)).reduce((a, b) => a + b, 0);
      const above = (start: number): number => exact.slice(start).reduceRight((a, b) => a + b, 0);
      const [low, high] = lossInterval({ kind: 'gilbertElliott', p, r, lossBad, lossGood }, n);
      const label = `${p} ${r} ${lossBad} ${lossGood} of ${n}: ${low} to ${high}`;
      assert.ok(below(low) <= 5e-7 && above(high + 1) <= 5e-7, label);
      // Chernoff's bound costs a factor of some dozens in probability, no more.
      assert.ok(low === 0 || below(low + 1) > 5e-9, label);
      assert.ok(high === n || above(high) > 5e-9, label);
    }
  }
});

test('exact loss leaves only the last, broken block open', () => {
  assert.equal(lossInterval(model({ dropExact: '5%/100' }), 1000), [50, 50]);
  assert.equal(lossInterval(model({ dropExact: '5%/100' }), 1003), [50, 53]);
  assert.equal(lossInterval(model({ dropExact: '5%/100' }), 1098), [53, 55]);
  assert.equal(lossInterval(null, 1000), [0, 0]);
});

test('reordered is what the knob says, and a delay quantile what the curve says', () => {
  assert.is(expectedReorderedRatio(readKnobs({ reorder: '5%' })), 0.05);
  const { delay } = readKnobs({ delay: '20ms', jitter: '4ms' });
  assert.is(delayQuantileNs(delay, 0.5), 20e6);
  assert.is(delayQuantileNs(delay, 0.75), 22e6);
  assert.is(delayQuantileNs(null, 0.5), 0);
});

test('a million datagrams lose what the models say, and a biased copy is found out', () =>
  checkLossModels(1e6));

test('a million datagrams are corrupted, copied and held as the knobs say, and a biased copy is found out', () =>
  checkShares(1e6));

test('a million delays are distributed as the formulas say, and a biased copy is found out', () =>
  checkDelays(1e6));

test('a million datagrams lose exactly what an outage and a link take of them', () => {
  checkOutages(1e6);
  checkLink(1e6);
});

test('a chain that is never, or always, where it loses leaves no room', () => {
  for (const knobs of [
    { dropBurst: '0,25%' },
    { dropBurst: '1e-300,25%' },
    { dropState: '0,30%,10%,50%,0' },
    { dropState: '0,100%,0,0,0' },
  ]) {
    assert.equal(lossInterval(model(knobs as Record<string, string>), 1000), [0, 0], JSON.stringify(knobs));
  }
  assert.equal(lossInterval(model({ dropBurst: '1%,25%,100%,100%' }), 1000), [1000, 1000]);
  assert.equal(lossInterval(model({ dropBurst: '0,25%,0,100%' }), 1000), [1000, 1000]);
  // Always from a gap to a loss and back: every other one.
  assert.equal(lossInterval(model({ dropState: '0,30%,10%,50%,100%' }), 1), [0, 1]);
});

test('what is left to stay with is nothing where fractions add up to a hair above the whole', () => {
  const [low, high] = lossInterval(model({ dropState: '30%,100%,1e-17,30%,30%' }), 52);
  assert.ok(low > 0 && low < 19.5 && high > 19.5 && high < 52, `${low} to ${high}`);
});

test.run();
