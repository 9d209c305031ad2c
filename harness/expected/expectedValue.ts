/**
 * What a metric ought to be, and how sure that is.
 *
 * Types only.
 */
import type { MetricName } from '../../src/metrics/catalogue.ts';

/**
 * What a metric ought to be. With `value` alone the schedule is known and so is the metric; with bounds, anything
 * from `low` to `high` is accepted; with neither, the metric is known to have no value (the mean of nothing).
 */
export interface ExpectedValue {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * What a receiver says of a metric: a number; `none` where there was nothing to take it over, as with a mean over no
 * losses; null where it was not measured.
 */
export type MeasuredValue = number | 'none' | null;

/** A metric that is left out is one of which nothing is known. */
export type ExpectedMetrics = { readonly [Name in MetricName]?: ExpectedValue };
