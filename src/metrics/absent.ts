/**
 * Why a statistic has no value: there was nothing to take it over, as with a mean over no losses, or there was no way
 * to measure it.
 *
 * Pure; it judges figures that others took.
 */
import { STATISTICS } from './statistics.ts';
import type { StatisticName, Statistics } from './statistics.ts';

/** A number; `none` where there was nothing to take it over; null where it was not measured. */
export type Figure = number | 'none' | null;

/** However many there are: where these are known and the figure is not, there was nothing to take it over. */
const ANY = Number.POSITIVE_INFINITY;

/** Statistic → what it is taken over, and how many of those it takes at the least. A count is taken over nothing. */
const TAKEN_OVER: { readonly [Name in StatisticName]?: readonly [over: StatisticName, least: number] } = {
  // A stream without a single count has lost none of them.
  loss_ratio: ['lost', ANY],
  reordered_ratio: ['unique', 1],
  reorder_extent_max: ['reordered', 1],
  reorder_extent_mean: ['reordered', 1],
  reorder_late_offset_max_us: ['reordered', 1],
  loss_period_mean: ['lost', 1],
  loss_distance_mean: ['lost', 2],
  burst_density_ratio: ['bursts', 1],
  burst_length_mean: ['bursts', 1],
  // Bursts may cover the whole of a stream, and no gap is left.
  gap_density_ratio: ['lost', ANY],
  gap_length_mean: ['lost', ANY],
  jitter_us: ['unique', 2],
  delay_p50_us: ['unique', 1],
  delay_p95_us: ['unique', 1],
  delay_p99_us: ['unique', 1],
  delay_p999_us: ['unique', 1],
  delay_max_us: ['unique', 1],
  pdv_p50_us: ['unique', 1],
  pdv_p95_us: ['unique', 1],
  pdv_p99_us: ['unique', 1],
  pdv_p999_us: ['unique', 1],
  pdv_max_us: ['unique', 1],
  throughput_pps: ['received', 2],
  throughput_bps: ['received', 2],
};

/** The figure, and where there is none, why. */
export function figureOf(name: StatisticName, statistics: Statistics): Figure {
  const value = statistics[name];
  const taken = TAKEN_OVER[name];
  if (value !== null || taken === undefined) return value;
  const over = statistics[taken[0]];
  return over !== null && over < taken[1] ? 'none' : null;
}

/** Every figure, and where there is none, why. */
export const figuresOf = (statistics: Statistics): Record<StatisticName, Figure> =>
  Object.fromEntries(STATISTICS.map(({ name }) => [name, figureOf(name, statistics)])) as Record<
    StatisticName,
    Figure
  >;

/** The statistics that were not measured: without those that there was nothing to take over. */
export const notMeasured = (statistics: Statistics): StatisticName[] =>
  STATISTICS.map(({ name }) => name).filter((name) => figureOf(name, statistics) === null);
