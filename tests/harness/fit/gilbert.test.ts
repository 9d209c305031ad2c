import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fitGilbert } from '../../../harness/fit/gilbert.ts';
import type { GilbertFit } from '../../../harness/fit/gilbert.ts';
import { LossRunCounter } from '../../../harness/fit/observedRuns.ts';
import { pairsOf } from './oracle.ts';

const fit = (trace: string): GilbertFit => {
  const runs = new LossRunCounter();
  for (const fate of trace) runs.handle(fate === 'x', 1);
  return fitGilbert(runs);
};
const close = (value: number | undefined, expected: number, slack = 1e-9): void =>
  assert.ok(value !== undefined && Math.abs(value - expected) <= slack, `${value}, expected ${expected}`);

const hand = suite('the simple Gilbert model, by hand');

hand('P and R are the shares of the transitions out of good and bad', () => {
  // Out of good: . . | . x | . x; out of bad: x x | x x | x .
  const result = fit('..xxx.x');
  assert.is(result.p?.value, 2 / 3);
  assert.is(result.r?.value, 1 / 3);
  assert.equal([result.datagrams, result.lost], [7, 4]);
});

hand('without a loss P is 0 up to a bound, R is undefined, and nothing replays it', () => {
  const result = fit('.'.repeat(11));
  assert.is(result.p?.value, 0);
  close(result.p?.high, 0.308_497_107_818_760_7);
  assert.equal(
    [result.r, result.lossRuns, result.gaps, result.independence, result.drop],
    [null, null, null, null, null],
  );
});

hand('one arrival alone tells nothing', () => {
  const result = fit('.');
  assert.equal([result.p, result.r, result.independence, result.drop], [null, null, null, null]);
});

hand('losses that never end have R = 0, which no flag replays', () => {
  const result = fit('....xxxxxxxxxxxx');
  assert.is(result.r?.value, 0);
  close(result.r?.high, 1 - 0.025 ** (1 / 11));
  assert.ok((result.independence?.pValue ?? 1) < 0.01);
  assert.is(result.drop, null);
});

hand('a lone loss at the end leaves R undefined, and is as good as independent', () => {
  const result = fit('....x');
  assert.is(result.r, null);
  assert.is(result.independence?.pValue, 1);
  assert.equal(result.drop, { kind: 'independent', ratio: 0.25 });
});

hand('the likelihood ratio of 8 of 10 against 2 of 10', () => {
  // Ten transitions out of each state; 2 of good's and 8 of bad's lead to bad.
  const result = fit('.........xxxxx.xxxxx.');
  assert.equal([result.goodToGood, result.goodToBad, result.badToBad, result.badToGood], [8, 2, 8, 2]);
  const statistic = 2 * (20 * Math.log(2) + 16 * Math.log(0.8) + 4 * Math.log(0.2));
  close(result.independence?.statistic, statistic);
  assert.is(result.independence?.expectedPairs, 5);
  assert.equal(result.drop, { kind: 'gilbertElliott', p: 0.2, r: 0.2, lossBad: 1, lossGood: 0 });
});

hand('losses spread more evenly than chance are no independent loss either', () => {
  const result = fit('.x'.repeat(40));
  assert.ok((result.independence?.pValue ?? 1) < 1e-9);
  assert.equal(result.drop, { kind: 'gilbertElliott', p: 1, r: 1, lossBad: 1, lossGood: 0 });
});

hand('a probability is rounded to a percentage of six digits', () => {
  assert.equal(fit('..x.').drop, { kind: 'independent', ratio: 0.333_333 });
});

hand.run();

const property = suite('the simple Gilbert model, by search');

/** Likelihood of a trace given its first fate, one datagram after another. */
function lnLikelihood(trace: string, p: number, r: number): number {
  let total = 0;
  for (let k = 1; k < trace.length; k += 1) {
    const wasGood = trace[k - 1] === '.';
    const isGood = trace[k] === '.';
    total += Math.log(wasGood ? (isGood ? 1 - p : p) : isGood ? r : 1 - r);
  }
  return total;
}

property(
  'no other P and R make the trace more likely, and the ratio test compares the best of both kinds',
  () => {
    const grid = Array.from({ length: 99 }, (_, k) => (k + 1) / 100);
    const traces = fc
      .array(fc.constantFrom('.', '.', 'x'), { minLength: 8, maxLength: 60 })
      .map((fates) => `.${fates.join('')}`)
      .filter((trace) => Object.values(pairsOf(trace)).every((count) => count > 0));
    fc.assert(
      fc.property(traces, (trace) => {
        const { p, r, independence, ...counts } = fit(trace);
        const pairs = pairsOf(trace);
        assert.equal(
          Object.keys(pairs).map((name) => counts[name as keyof typeof pairs]),
          Object.values(pairs),
        );
        assert.ok(p !== null && r !== null && independence !== null);
        const best = lnLikelihood(trace, p.value, r.value);
        for (const otherP of grid) {
          for (const otherR of [0.1, r.value - 0.005, r.value + 0.005, 0.9]) {
            if (otherR <= 0 || otherR >= 1) continue;
            assert.ok(lnLikelihood(trace, otherP, otherR) <= best + 1e-9);
          }
        }
        const bestAlone = Math.max(
          ...Array.from({ length: 4999 }, (_, k) => (k + 1) / 5000).map((q) => lnLikelihood(trace, q, 1 - q)),
        );
        // The grid's nearest point misses the best by up to curvature × (1 / 10,000)² / 2, well under 1e-3.
        assert.ok(Math.abs(independence.statistic - 2 * (best - bestAlone)) < 1e-3);
      }),
      { seed: 8, numRuns: 25 },
    );
  },
);

property.run();
