/**
 * Why a metric has no value: there was nothing to take it over, as with a mean over no losses, or there was no way to
 * measure it.
 *
 * It judges figures that others took.
 */
import { METRIC_NAMES, METRICS } from './catalogue.ts';
import type { MetricName, Statistics } from './catalogue.ts';

/** A number; `none` where there was nothing to take it over; null where it was not measured. */
export type Figure = number | 'none' | null;

/** The figure, and where there is none, why. A count is taken over nothing, and has a value wherever it is measured. */
export function figureOf(name: MetricName, statistics: Statistics): Figure {
  const value = statistics[name];
  const { over } = METRICS[name];
  if (value !== null || over === undefined) return value;
  const found = statistics[over.name];
  return found !== null && found < (over.least ?? Infinity) ? 'none' : null;
}

/** Every figure, and where there is none, why. */
export const figuresOf = (statistics: Statistics): Record<MetricName, Figure> =>
  Object.fromEntries(METRIC_NAMES.map((name) => [name, figureOf(name, statistics)])) as Record<
    MetricName,
    Figure
  >;

/** The metrics that were not measured: without those that there was nothing to take over. */
export const notMeasured = (statistics: Statistics): MetricName[] =>
  METRIC_NAMES.filter((name) => figureOf(name, statistics) === null);
