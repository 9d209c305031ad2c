/**
 * Pearson's chi-square test of whether lengths of runs are geometric, as in the simple Gilbert model.
 *
 * Neighbouring lengths are pooled into classes that each have at least 5 expected runs or, if that would make more than
 * 50 classes, a fiftieth of all runs; so the approximation holds, and thin classes do not weaken the test. The model's
 * one parameter was estimated from the same runs, which costs one more degree of freedom. It was estimated from whole
 * lengths, not from classes, so with few classes p-values are slightly too low (Chernoff and Lehmann, 1954).
 */
import type { RunLengths } from './observedRuns.ts';
import { chiSquareTail } from './specialFunctions.ts';

const MIN_EXPECTED = 5;
const MAX_CLASSES = 50;

export interface GeometricTest {
  /** Runs tested. */
  readonly runs: number;
  readonly classes: number;
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  /** Probability of a statistic at least this large if the model is true. */
  readonly pValue: number;
}

/**
 * First length of each class, rising from 1; a class ends where the next begins, the last one is open.
 * @param runs number of runs
 * @param endRatio probability that a run ends at each datagram, above 0 and below 1
 * @param minRuns minimum number of expected runs in a class
 */
function classStarts(runs: number, endRatio: number, minRuns: number): number[] {
  // Slightly less, so that rounding does not reject a class with exactly the minimum.
  const enough = minRuns * (1 - 1e-9);
  const lnStay = Math.log1p(-endRatio);
  /** Expected number of runs longer than this. */
  const longer = (length: number): number => runs * Math.exp(length * lnStay);
  const starts: number[] = [];
  for (let before = 0; starts.length <= MAX_CLASSES && longer(before) >= enough;) {
    starts.push(before + 1);
    const rest = longer(before) - minRuns;
    if (rest <= 0) break;
    // The length that leaves this many, then upwards until the class is full despite rounding.
    let end = Math.max(before + 1, Math.floor(Math.log(rest / runs) / lnStay) - 1);
    while (longer(before) - longer(end) < enough) end += 1;
    before = end;
  }
  return starts;
}

/**
 * Tests lengths against P(length = k) = endRatio × (1 − endRatio)^(k − 1), k from 1.
 * @returns null if there are too few runs, or too few lengths, for three classes
 */
export function testGeometric(lengths: RunLengths, endRatio: number): GeometricTest | null {
  let runs = 0;
  for (const times of lengths.values()) runs += times;
  if (runs === 0 || endRatio <= 0 || endRatio >= 1) return null;
  let starts = classStarts(runs, endRatio, MIN_EXPECTED);
  if (starts.length > MAX_CLASSES) starts = classStarts(runs, endRatio, runs / MAX_CLASSES);
  if (starts.length < 3) return null;
  const observed = starts.map(() => 0);
  for (const [length, times] of lengths) {
    const place = starts.findLastIndex((start) => start <= length);
    observed[place] = (observed[place] as number) + times;
  }
  const lnStay = Math.log1p(-endRatio);
  let statistic = 0;
  for (const [place, start] of starts.entries()) {
    const next = starts[place + 1] ?? Infinity;
    const expected = runs * (Math.exp((start - 1) * lnStay) - Math.exp((next - 1) * lnStay));
    statistic += ((observed[place] as number) - expected) ** 2 / expected;
  }
  const degreesOfFreedom = starts.length - 2;
  return {
    runs,
    classes: starts.length,
    statistic,
    degreesOfFreedom,
    pValue: chiSquareTail(statistic, degreesOfFreedom),
  };
}
