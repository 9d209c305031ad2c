/**
 * What a reader of a benchmark must know about the machine: where it was too busy, or its clock and timer too coarse,
 * for a figure to mean what it says.
 */
import type { Environment } from '../harness/report/environment.ts';

export interface Machine {
  readonly cores: number;
  /** Processes that wanted to run, over the minute before the run. */
  readonly load: number;
  /** Smallest step of the clock, nanoseconds. */
  readonly clockStepNs: number;
  /** By how much a sleep of 1 ms oversleeps, microseconds. */
  readonly sleepLatenessUs: number;
}

/** A server, a proxy and a client want a core each, and the load of others takes it from them. */
const MAX_LOAD = 0.5;
/** Beyond a millisecond a sleep that should end before a deadline ends after it, pacing by polling or not. */
const MAX_LATENESS_US = 1500;
/** A time of fewer steps of the clock than this is mostly rounding. */
const MIN_STEPS = 10;

export const machineOf = ({ cores, loadAverage, timer }: Environment): Machine => ({
  cores,
  load: loadAverage[0] ?? 0,
  ...timer,
});

export const timerLine = ({ clockStepNs, sleepLatenessUs }: Machine): string =>
  `timer: the clock steps by ${clockStepNs} ns, a sleep of 1 ms is ${sleepLatenessUs} us late`;

/** Whether the clock is too coarse for times of this length. */
export const isTooFine = (timeNs: number, { clockStepNs }: Machine): boolean =>
  timeNs < MIN_STEPS * clockStepNs;

/** Of the machine as a whole. */
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
