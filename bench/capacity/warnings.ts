/**
 * What a reader of a capacity figure must know: where the machine was too busy, or its clock too coarse, for it to
 * mean what it says.
 *
 * Pure.
 */
import type { TableRow } from '../../harness/report/tables.ts';
import { isTooFine } from '../machine.ts';
import type { Machine } from '../machine.ts';

/** Rates whose extremes are further apart than this are not one rate. */
const MOST_SPREAD = 0.1;

const percent = (ratio: number): string => `${Math.round(100 * ratio)} %`;

/** Of one row. */
export function capacityWarnings(row: TableRow<'capacity'>, machine: Machine): string[] {
  const { capacity_pps: pps, lossless_ratio: lossless, received_median_pps: median } = row;
  if (pps === null) return [`${row.path}: no rate was without loss, not even the lowest that was tried`];
  const warnings: string[] = [];
  if (isTooFine(1e9 / pps, machine)) {
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
