/** Traces of the loss models themselves, and what the tests at scale ask of many of them. */
import * as assert from 'uvu/assert';
import { fitGilbert } from '../../../harness/fit/gilbert.ts';
import type { GilbertFit } from '../../../harness/fit/gilbert.ts';
import { LossRunCounter } from '../../../harness/fit/observedRuns.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';

/** What the schedule of these knobs lets through of `count` indices, fitted from the first that arrives. */
export function fitSchedule(
  knobs: Knobs,
  seed: string,
  count: number,
  direction: 'down' | 'up' = 'down',
): GilbertFit {
  const schedule = new Schedule(readKnobs(knobs), { seed, flow: 1, direction });
  const runs = new LossRunCounter();
  for (let index = 1; index <= count; index += 1) {
    const isLost = schedule.dropCause[schedule.at(index)] !== 0;
    if (!isLost || runs.datagrams > 0) runs.handle(isLost, 1);
  }
  return fitGilbert(runs);
}

export const fitSeeds = (knobs: Knobs, name: string, seeds: number, count: number): GilbertFit[] =>
  Array.from({ length: seeds }, (_, k) => fitSchedule(knobs, `${name} ${k}`, count));

/** Largest distance between the values and the uniform distribution on 0 to 1, times √n (Kolmogorov and Smirnov). */
export function distanceFromUniform(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  return Math.sqrt(n) * Math.max(...sorted.map((value, k) => Math.max((k + 1) / n - value, value - k / n)));
}

/** Where √n times that distance lies with a probability of 99.9 %. */
const KOLMOGOROV_999 = 1.9495;

export function assertUniform(what: string, pValues: readonly (number | undefined)[]): void {
  assert.ok(
    pValues.every((value) => value !== undefined),
    `${what}: some were not tested`,
  );
  const distance = distanceFromUniform(pValues as number[]);
  assert.ok(distance < KOLMOGOROV_999, `${what}: ${distance}`);
}
