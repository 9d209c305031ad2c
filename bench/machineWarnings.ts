/**
 * Warnings about the machine of a benchmark: it was too busy, or its clock and timer are too coarse, for reliable
 * figures.
 */
import type { Environment } from '../harness/report/model/runModel.ts';

export interface Machine {
  readonly cores: number;
  /** Load average of the minute before the run. */
  readonly load: number;
  /** Smallest step of the clock, nanoseconds. */
  readonly clockStepNs: number;
  /** By how much a sleep of 1 ms oversleeps, microseconds. */
  readonly sleepLatenessUs: number;
}

/** Server, proxy and client need a core each, which other load would take from them. */
const MAX_LOAD = 0.5;
/** Above a millisecond of lateness a sleep that should end before a deadline ends after it, even when pacing polls. */
const MAX_LATENESS_US = 1500;
/** Times of fewer clock steps than this are mostly rounding error. */
const MIN_STEPS = 10;

export const machineOf = ({ cores, loadAverage, timer }: Environment): Machine => ({
  cores,
  load: loadAverage[0] ?? 0,
  ...timer,
});

export const timerLine = ({ clockStepNs, sleepLatenessUs }: Machine): string =>
  `timer: the clock steps by ${clockStepNs} ns, a sleep of 1 ms is ${sleepLatenessUs} us late`;

/** Whether the clock is too coarse for such a time. */
export const isTooFine = (timeNs: number, { clockStepNs }: Machine): boolean =>
  timeNs < MIN_STEPS * clockStepNs;

/** Warnings about the machine as a whole. */
export function machineWarnings({ cores, load, sleepLatenessUs }: Machine): string[] {
  const warnings: string[] = [];
  if (load > MAX_LOAD) {
    warnings.push(
      `the load average was ${load.toFixed(2)} on ${cores} cores before the run: something else runs here, ` +
        'and every figure is lower than it could be',
    );
  }
  if (sleepLatenessUs > MAX_LATENESS_US) {
    warnings.push(
      `a sleep of 1 ms is ${Math.round(sleepLatenessUs)} us late here: datagrams leave in bursts, which fill buffers`,
    );
  }
  return warnings;
}
