/**
 * Text for capacity figures.
 */
import { NOT_MEASURED } from '../../src/base/figures.ts';
import type { TableRow } from '../../harness/report/tables.ts';
import { failuresOf, passes } from './capacityFigures.ts';
import type { TrialFigures } from './capacityFigures.ts';

const rate = (pps: number | 'none' | null): string =>
  typeof pps === 'number' ? `${Math.round(pps)}/s` : (pps ?? NOT_MEASURED);

const wordsOf = (trial: TrialFigures): string =>
  failuresOf(trial)
    .map(({ words }) => words)
    .join('; ');

/** One trial with its failed conditions, without the line end. */
export function formatTrial(trial: TrialFigures): string {
  const { offeredPps, sentPps, receivedPps, lost } = trial;
  const figures =
    `offered ${rate(offeredPps)}, sent ${rate(sentPps)}, received ${rate(receivedPps)}, ` +
    `lost ${lost ?? 'unknown'}`;
  return passes(trial) ? `${figures}: passes` : `${figures}: fails: ${wordsOf(trial)}`;
}

/** One row, without the line end. */
export function formatCapacityRow(row: TableRow<'capacity'>, transport: string): string {
  const { received_p1_pps: p1, received_median_pps: median, received_p99_pps: p99 } = row;
  const name = `${row.path}, ${transport}`;
  if (typeof row.lossless_ratio !== 'number')
    return `${name}: no rate held, not even the lowest that was tried; limited by: ${row.limited_by}`;
  return (
    `${name}: ${rate(row.capacity_pps)} held in ${Math.round(100 * row.lossless_ratio)} % of ${row.trials} trials, ` +
    `received ${rate(median)} (p1 ${rate(p1)}, p99 ${rate(p99)}), limited by: ${row.limited_by}`
  );
}

/** The limit: the lowest rate that failed, and why. Without the line end. */
export const formatLimit = (above: TrialFigures | null): string =>
  above === null
    ? 'no rate that was tried failed'
    : `the limit: ${rate(above.offeredPps)} fails: ${wordsOf(above)}`;

/** The values of `limited_by` for each part of a path. */
const LIMITS: Readonly<Record<string, readonly string[]>> = {
  server: ['sender'],
  proxy: ['kernel buffer at the proxy', 'proxy'],
  client: ['kernel buffer at the client', 'receiver'],
};

/** `server: sender; proxy: nothing; client: nothing`: the limit of each part, without the line end. */
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
