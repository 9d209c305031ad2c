/**
 * A proportion with its exact confidence interval (Clopper and Pearson, 1934).
 *
 * The interval is the set of probabilities under which the observation is not in the outer 2.5 % on either side, so it
 * contains the true one in at least 95 of 100 cases, even for few observations, as with rare losses.
 */
import { regularisedBeta } from './specialFunctions.ts';

/** Minimum probability that an interval contains the true value. */
export const CONFIDENCE = 0.95;

/** A probability estimated from `hits` among `trials`. Ratios, 0 to 1. */
export interface Proportion {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The argument between 0 and 1 at which a rising function reaches `target`. */
function solve(rising: (x: number) => number, target: number): number {
  let low = 0;
  let high = 1;
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (rising(middle) < target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * @param hits 0 to `trials`
 * @param trials null is returned for 0
 */
export function estimateProportion(hits: number, trials: number): Proportion | null {
  if (trials === 0) return null;
  const tail = (1 - CONFIDENCE) / 2;
  const misses = trials - hits;
  // P(X ≥ k) = I(p; k, n − k + 1) for a binomial X of n trials.
  return {
    value: hits / trials,
    low: hits === 0 ? 0 : solve((p) => regularisedBeta(p, hits, misses + 1), tail),
    high: misses === 0 ? 1 : solve((p) => regularisedBeta(p, hits + 1, misses), 1 - tail),
  };
}
