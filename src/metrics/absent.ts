/**
 * Why a metric has no value: it is undefined, such as a mean over no losses, or it was not measured.
 *
 * It computes no metric itself.
 */
import { METRIC_NAMES, METRICS } from './catalogue.ts';
import type { MetricName, Statistics } from './catalogue.ts';

/** A number; `none` where the metric is undefined; null where it was not measured. */
export type Figure = number | 'none' | null;

/** The value, or why there is none. Counts are always defined when measured. */
export function figureOf(name: MetricName, statistics: Statistics): Figure {
  const value = statistics[name];
  const { over } = METRICS[name];
  if (value !== null || over === undefined) return value;
  const found = statistics[over.name];
  return found !== null && found < (over.least ?? Infinity) ? 'none' : null;
}

/** Every value, or why there is none. */
export const figuresOf = (statistics: Statistics): Record<MetricName, Figure> =>
  Object.fromEntries(METRIC_NAMES.map((name) => [name, figureOf(name, statistics)])) as Record<
    MetricName,
    Figure
  >;

/** The metrics that were not measured, without the undefined ones. */
export const notMeasured = (statistics: Statistics): MetricName[] =>
  METRIC_NAMES.filter((name) => figureOf(name, statistics) === null);
