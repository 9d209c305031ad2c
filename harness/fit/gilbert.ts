/**
 * The simple Gilbert model fitted to a trace. Every datagram is lost in the bad state and none in the good one, so the
 * trace shows every state, and its transitions determine the model.
 *
 * A trace must start at an arrival. What happened before does not matter, because the chain has no memory.
 * a chain without memory.
 */
import type { DropModel } from '../impairment/config.ts';
import { testGeometric } from './geometricTest.ts';
import type { GeometricTest } from './geometricTest.ts';
import type { LossRuns, Transitions } from './observedRuns.ts';
import { estimateProportion } from './proportion.ts';
import type { Proportion } from './proportion.ts';
import { chiSquareTail } from './specialFunctions.ts';

/** A hypothesis with a p-value below this is rejected. */
export const SIGNIFICANCE = 0.05;

/** Digits of a probability in the flags: more than any trace can determine. */
const FLAG_DIGITS = 6;

/** Independent loss, P + R = 1, tested against the Gilbert model by a likelihood ratio. */
export interface IndependenceTest {
  /** Twice the gain in log-likelihood; chi-square with one degree of freedom if losses are independent. */
  readonly statistic: number;
  readonly pValue: number;
  /** Expected number of losses right after a loss if losses are independent; below 5 the p-value is rough. */
  readonly expectedPairs: number;
}

export interface GilbertFit extends Transitions {
  /** Good to bad. Null if nothing follows an arrival. */
  readonly p: Proportion | null;
  /** Bad to good. Null if nothing follows a loss. */
  readonly r: Proportion | null;
  /** Lengths of loss runs against the geometric distribution of R. Null if there are too few to test. */
  readonly lossRuns: GeometricTest | null;
  /** Lengths of runs of arrivals against the geometric distribution of P. Null if there are too few to test. */
  readonly gaps: GeometricTest | null;
  /** Null without a loss. */
  readonly independence: IndependenceTest | null;
  /** The model that reproduces it: independent loss unless rejected. Null without a loss, and if losses never end. */
  readonly drop: DropModel | null;
}

/** The maximum log-likelihood of `hits` among `trials`, with 0 ln 0 = 0. */
const lnLikelihood = (hits: number, trials: number): number => {
  const term = (count: number): number => (count === 0 ? 0 : count * Math.log(count / trials));
  return term(hits) + term(trials - hits);
};

function testIndependence(runs: LossRuns): IndependenceTest | null {
  const { goodToGood, goodToBad, badToGood, badToBad } = runs;
  const fromGood = goodToGood + goodToBad;
  const fromBad = badToGood + badToBad;
  const toBad = goodToBad + badToBad;
  if (toBad === 0) return null;
  const gain =
    lnLikelihood(goodToBad, fromGood) +
    lnLikelihood(badToBad, fromBad) -
    lnLikelihood(toBad, fromGood + fromBad);
  // If the two models agree, rounding may give a negative gain.
  const statistic = Math.max(0, 2 * gain);
  return {
    statistic,
    pValue: chiSquareTail(statistic, 1),
    expectedPairs: (fromBad * toBad) / (fromGood + fromBad),
  };
}

/** Rounded as a percentage, because the flag is one. */
const rounded = (ratio: number): number => Number((ratio * 100).toPrecision(FLAG_DIGITS)) / 100;

function chooseDrop(runs: LossRuns, independence: IndependenceTest | null): DropModel | null {
  if (independence === null) return null;
  const { goodToGood, goodToBad, badToGood, badToBad } = runs;
  if (independence.pValue >= SIGNIFICANCE) {
    const toBad = goodToBad + badToBad;
    return { kind: 'independent', ratio: rounded(toBad / (toBad + goodToGood + badToGood)) };
  }
  if (badToGood === 0) return null;
  return {
    kind: 'gilbertElliott',
    p: rounded(goodToBad / (goodToGood + goodToBad)),
    r: rounded(badToGood / (badToGood + badToBad)),
    lossBad: 1,
    lossGood: 0,
  };
}

/** Maximum-likelihood P and R: each is a share of the transitions out of its state. */
export function fitGilbert(runs: LossRuns): GilbertFit {
  const { datagrams, lost, goodToGood, goodToBad, badToGood, badToBad } = runs;
  const p = estimateProportion(goodToBad, goodToGood + goodToBad);
  const r = estimateProportion(badToGood, badToGood + badToBad);
  const independence = testIndependence(runs);
  return {
    datagrams,
    lost,
    goodToGood,
    goodToBad,
    badToGood,
    badToBad,
    p,
    r,
    lossRuns: r === null ? null : testGeometric(runs.lossLengths, r.value),
    gaps: p === null ? null : testGeometric(runs.gapLengths, p.value),
    independence,
    drop: chooseDrop(runs, independence),
  };
}
