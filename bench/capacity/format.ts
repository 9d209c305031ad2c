/**
 * Capacity figures as a person reads them.
 *
 * Pure: figures in, text out.
 */
import { NOT_MEASURED } from '../../harness/report/figures.ts';
import type { TableRow } from '../../harness/report/tables.ts';
import type { TrialFigures } from './figures.ts';

const rate = (pps: number | null): string => (pps === null ? NOT_MEASURED : `${Math.round(pps)}/s`);

/** One trial, without the line end. */
export function formatTrial(trial: TrialFigures): string {
  const { offeredPps, sentPps, receivedPps, lost } = trial;
  return `offered ${rate(offeredPps)}, sent ${rate(sentPps)}, received ${rate(receivedPps)}, lost ${lost ?? 'unknown'}`;
}

/** One row, without the line end. */
export function formatCapacityRow(row: TableRow<'capacity'>, transport: string): string {
  const passed = row.lossless_ratio === null ? NOT_MEASURED : `${Math.round(100 * row.lossless_ratio)} %`;
  const { received_p1_pps: p1, received_median_pps: median, received_p99_pps: p99 } = row;
  return (
    `${row.path}, ${transport}: ${rate(row.capacity_pps)} without loss in ${passed} of ${row.trials} trials, ` +
    `received ${rate(median)} (p1 ${rate(p1)}, p99 ${rate(p99)}), limited by: ${row.limited_by}`
  );
}

/** What each part of a path can be limited by, as `limited_by` names it. */
const LIMITS: Readonly<Record<string, readonly string[]>> = {
  server: ['sender'],
  proxy: ['kernel buffer at the proxy', 'proxy'],
  client: ['kernel buffer at the client', 'receiver'],
};

/** `server: sender; proxy: nothing; client: nothing`: the same by part, without the line end. */
export function formatParts({ path, limited_by }: Pick<TableRow<'capacity'>, 'path' | 'limited_by'>): string {
  const limits = limited_by.split(' and ');
  return path
    .split('-')
    .map((part) => {
      const own = limits.filter((limit) => LIMITS[part]?.includes(limit) === true);
      return `${part}: ${own.length === 0 ? 'nothing' : own.join(' and ')}`;
    })
    .join('; ');
}
