/**
 * The real clock: CLOCK_MONOTONIC nanoseconds since a run's epoch.
 *
 * The epoch is a CLOCK_MONOTONIC reading, so the processes of one machine can share it. Only this module reads the
 * time.
 */
import { whole } from '../base/arguments.ts';

/** The global `performance` is a getter, which costs as much as reading the clock. */
const { performance } = globalThis;

export interface Clock {
  /** Nanoseconds since the run's epoch; never goes back. */
  nowNs(): number;
  /** The epoch, CLOCK_MONOTONIC microseconds; absent for a clock that is unrelated to the machine's. */
  readonly epochUs?: number;
}

/** CLOCK_MONOTONIC now, microseconds: one process passes it to another as their common epoch. */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

export class MonotonicClock implements Clock {
  readonly epochUs: number;
  readonly #offsetNs: number;

  constructor(epochUs: number = monotonicUs()) {
    whole(0)(epochUs, 'MonotonicClock: epochUs');
    this.epochUs = epochUs;
    this.#offsetNs = measureOffsetNs(epochUs);
  }

  nowNs(): number {
    return performance.now() * 1e6 + this.#offsetNs;
  }
}

const SAMPLES = 16;

/**
 * The offset from performance.now() to nanoseconds since the epoch: both read the same clock with different origins. A
 * process may be preempted between two readings, so the closest of several pairs is used.
 */
function measureOffsetNs(epochUs: number): number {
  const epochNs = BigInt(epochUs) * 1000n;
  let closestNs = Number.POSITIVE_INFINITY;
  let offsetNs = 0;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const before = process.hrtime.bigint();
    const ownNs = performance.now() * 1e6;
    const gapNs = Number(process.hrtime.bigint() - before);
    if (gapNs >= closestNs) continue;
    closestNs = gapNs;
    offsetNs = Number(before - epochNs) + gapNs / 2 - ownNs;
  }
  return offsetNs;
}
