/**
 * What a reader of capacity figures must know about the machine they are from: where it was too busy, or its clock
 * and timer too coarse, for a figure to mean what it says.
 *
 * Pure.
 */
import type { TableRow } from '../../harness/report/tables.ts';

export interface Machine {
  readonly cores: number;
  /** Processes that wanted to run, over the minute before the first trial. */
  readonly load: number;
  /** Smallest step of the clock, nanoseconds. */
  readonly clockStepNs: number;
  /** By how much a sleep of 1 ms oversleeps, microseconds. */
  readonly sleepLatenessUs: number;
}

/** Rates whose extremes are further apart than this are not one rate. */
const MOST_SPREAD = 0.1;
/** A server, a proxy and a client want a core each, and the load of others takes it from them. */
const MOST_LOAD = 0.5;
/** Beyond a millisecond a sleep that should end before a deadline ends after it, pacing by polling or not. */
const MOST_LATENESS_US = 1500;

const percent = (ratio: number): string => `${Math.round(100 * ratio)} %`;

/** Of the machine as a whole. */
export function machineWarnings({ cores, load, sleepLatenessUs }: Machine): string[] {
  const warnings: string[] = [];
  if (load > MOST_LOAD) {
    warnings.push(
      `the load average was ${load.toFixed(2)} on ${cores} cores before the first trial: something else runs here, ` +
        'and every figure is lower than it could be',
    );
  }
  if (sleepLatenessUs > MOST_LATENESS_US) {
    warnings.push(
      `a sleep of 1 ms is ${Math.round(sleepLatenessUs)} us late here: datagrams leave in bursts, which fill buffers`,
    );
  }
  return warnings;
}

/** Of one row. */
export function capacityWarnings(row: TableRow<'capacity'>, machine: Machine): string[] {
  const { capacity_pps: pps, lossless_ratio: lossless, received_median_pps: median } = row;
  if (pps === null) return [`${row.path}: no rate was without loss, not even the lowest that was tried`];
  const warnings: string[] = [];
  if (1e9 / pps < 10 * machine.clockStepNs) {
    warnings.push(
      `${row.path}: ${Math.round(1e9 / pps)} ns between datagrams are less than ten steps of the clock (${machine.clockStepNs} ns)`,
    );
  }
  if (lossless !== null && lossless < 1) {
    warnings.push(
      `${row.path}: only ${percent(lossless)} of the trials at ${Math.round(pps)}/s were without loss: ` +
        'the capacity is lower, or the machine was busy with something else',
    );
  }
  if (median === null) {
    warnings.push(`${row.path}: the received rate cannot be measured: all arrivals of a trial have one time`);
    return warnings;
  }
  const spread = ((row.received_p99_pps as number) - (row.received_p1_pps as number)) / median;
  if (spread > MOST_SPREAD) {
    warnings.push(
      `${row.path}: the received rates of the trials are ${percent(spread)} apart: take the median for no more than that`,
    );
  }
  return warnings;
}
