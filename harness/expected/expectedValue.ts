/**
 * The expected value of a metric, and its range.
 */
import type { MetricName } from '../../src/metrics/catalogue.ts';

/**
 * With `value` alone the metric is known exactly; with bounds, anything from `low` to `high` is accepted; with neither,
 * the metric is known to have no value (the mean over nothing).
 */
export interface ExpectedValue {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * What a receiver reports for a metric: a number; `none` if there was nothing to compute it over, such as a mean over no
 * losses; null if it was not measured.
 */
export type MeasuredValue = number | 'none' | null;

/** Nothing is known of a metric that is absent. */
export type ExpectedMetrics = { readonly [Name in MetricName]?: ExpectedValue };
