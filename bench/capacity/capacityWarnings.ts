/**
 * Warnings about a capacity figure: the machine was too busy, or its clock is too coarse, for a reliable one.
 */
import type { TableRow } from '../../harness/report/tables.ts';
import { isTooFine } from '../machineWarnings.ts';
import { MIN_RATE_RATIO, failuresOf } from './capacityFigures.ts';
import type { TrialFigures } from './capacityFigures.ts';
import type { Machine } from '../machineWarnings.ts';

/** Largest relative spread of rates that are considered equal. */
const MAX_SPREAD = 0.1;

const percent = (ratio: number): string => `${Math.round(100 * ratio)} %`;

/** Number of failed trials by condition; a trial may fail several. */
function tally(trials: readonly TrialFigures[]): string {
  const failures = trials.map((trial) => new Set(failuresOf(trial).map(({ kind }) => kind)));
  const count = (kind: 'rate' | 'loss' | 'count'): number =>
    failures.filter((kinds) => kinds.has(kind)).length;
  return [
    [count('rate'), `offered less than ${percent(MIN_RATE_RATIO)} of it`] as const,
    [count('loss'), 'lost datagrams'] as const,
    [count('count'), 'have counters that do not agree'] as const,
  ]
    .filter(([failed]) => failed > 0)
    .map(([failed, how]) => `${failed} ${how}`)
    .join(', ');
}

/** Warnings about one row. @param trials those at the capacity */
export function capacityWarnings(
  row: TableRow<'capacity'>,
  machine: Machine,
  trials: readonly TrialFigures[],
): string[] {
  const { capacity_pps: pps, lossless_ratio: lossless, received_median_pps: median } = row;
  if (typeof pps !== 'number' || typeof lossless !== 'number')
    return [`${row.path}: no rate held, not even the lowest that was tried: try it on a quieter machine`];
  const warnings: string[] = [];
  if (isTooFine(1e9 / pps, machine)) {
    warnings.push(
      `${row.path}: ${Math.round(1e9 / pps)} ns between datagrams are less than ten steps of the clock (${machine.clockStepNs} ns)`,
    );
  }
  if (lossless < 1) {
    warnings.push(
      `${row.path}: only ${percent(lossless)} of the trials at ${Math.round(pps)}/s passed (${tally(trials)}): ` +
        'the capacity is lower, or the machine was busy with something else',
    );
  }
  if (typeof median !== 'number') {
    warnings.push(
      `${row.path}: the received rate cannot be measured: fewer than two datagrams of a trial arrived`,
    );
    return warnings;
  }
  const spread = ((row.received_p99_pps as number) - (row.received_p1_pps as number)) / median;
  if (spread > MAX_SPREAD) {
    warnings.push(
      `${row.path}: the received rates of the trials are ${percent(spread)} apart: take the median for no more than that`,
    );
  }
  return warnings;
}
