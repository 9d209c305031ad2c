/**
 * The metrics a comparison has a row for: name, unit, and how two opinions of it are compared.
 *
 * Pure data. The names are the ones in the files; the measured side is mapped to them by whoever calls.
 */

/**
 * How expected and measured are held against each other where the schedule is known:
 * - `count`: whole numbers, equal or not;
 * - `quotient`: the same division or sum of the same whole numbers, in any order of summation, so equal to a
 *   relative 1e-9;
 * - `quantile`: exact here, read from a histogram of three significant digits there, so a range.
 */
export type MetricKind = 'count' | 'quotient' | 'quantile';

interface MetricEntry {
  readonly name: string;
  readonly unit: string;
  readonly kind: MetricKind;
  /** Whether it depends on the order of arrival, not only on what arrived. */
  readonly ordered: boolean;
}

const entry = <Name extends string, Kind extends MetricKind>(
  name: Name,
  unit: string,
  kind: Kind,
  ordered = false,
) => ({ name, unit, kind, ordered }) as const;

/** Every metric, in the order of the rows in comparison.csv. */
export const METRICS = [
  entry('sent', 'datagrams', 'count'),
  entry('received', 'datagrams', 'count'),
  entry('unique', 'datagrams', 'count'),
  entry('lost', 'datagrams', 'count'),
  entry('loss_ratio', 'ratio', 'quotient'),
  entry('duplicates', 'datagrams', 'count'),
  entry('replicated', 'datagrams', 'count'),
  entry('reordered', 'datagrams', 'count', true),
  entry('reordered_ratio', 'ratio', 'quotient', true),
  entry('reorder_extent_max', 'positions', 'count', true),
  entry('reorder_extent_mean', 'positions', 'quotient', true),
  entry('reorder_late_offset_max_us', 'us', 'quotient', true),
  entry('n_reordering_1', 'datagrams', 'count', true),
  entry('n_reordering_2', 'datagrams', 'count', true),
  entry('n_reordering_3', 'datagrams', 'count', true),
  entry('loss_periods', 'periods', 'count'),
  entry('loss_period_max', 'datagrams', 'count'),
  entry('loss_period_mean', 'datagrams', 'quotient'),
  entry('loss_distance_mean', 'datagrams', 'quotient'),
  entry('bursts', 'bursts', 'count'),
  entry('burst_density_ratio', 'ratio', 'quotient'),
  entry('gap_density_ratio', 'ratio', 'quotient'),
  entry('burst_length_mean', 'datagrams', 'quotient'),
  entry('gap_length_mean', 'datagrams', 'quotient'),
  entry('corrupted', 'datagrams', 'count'),
  entry('malformed', 'datagrams', 'count'),
  entry('jitter_us', 'us', 'quotient', true),
  entry('delay_p50_us', 'us', 'quantile'),
  entry('delay_p95_us', 'us', 'quantile'),
  entry('delay_p99_us', 'us', 'quantile'),
  entry('delay_p999_us', 'us', 'quantile'),
  entry('delay_max_us', 'us', 'quantile'),
  entry('pdv_p50_us', 'us', 'quantile'),
  entry('pdv_p95_us', 'us', 'quantile'),
  entry('pdv_p99_us', 'us', 'quantile'),
  entry('pdv_p999_us', 'us', 'quantile'),
  entry('pdv_max_us', 'us', 'quantile'),
  entry('throughput_pps', 'pps', 'quotient'),
  entry('throughput_bps', 'bps', 'quotient'),
] as const satisfies readonly MetricEntry[];

export type MetricName = (typeof METRICS)[number]['name'];

/** The metrics whose verdict is lost where an order could not be kept (a hold that met its time bound). */
export const ORDER_DEPENDENT: readonly MetricName[] = METRICS.filter((metric) => metric.ordered).map(
  (metric) => metric.name,
);
