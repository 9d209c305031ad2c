/**
 * The names of everything a receiver can know about a stream, in the order reports print them.
 *
 * A table and the types made from it. It computes nothing.
 */

/** What a statistic is measured in. `count` also covers means and spans counted in datagrams. */
export type StatisticUnit = 'count' | 'ratio' | 'us' | 'pps' | 'bps';

/**
 * What a statistic depends on: `count` on which datagrams arrived and in which order (the same for a seed on
 * every machine), `timing` on when.
 */
export type StatisticKind = 'count' | 'timing';

interface StatisticRow {
  readonly name: string;
  readonly unit: StatisticUnit;
  readonly kind: StatisticKind;
  readonly definition: string;
}

const count = <N extends string>(name: N, definition: string) =>
  ({ name, unit: 'count', kind: 'count', definition }) as const;
const ratio = <N extends string>(name: N, definition: string) =>
  ({ name, unit: 'ratio', kind: 'count', definition }) as const;
const timing = <N extends string, U extends StatisticUnit>(name: N, unit: U, definition: string) =>
  ({ name, unit, kind: 'timing', definition }) as const;

/** Every statistic: its name in files, unit, kind and definition. docs/metrics.md has formulas and examples. */
export const STATISTICS = [
  count('sent', 'Counts from the first to the last one sent'),
  count('received', 'Well-formed, uncorrupted datagrams that arrived, every copy counted'),
  count('unique', 'Counts that arrived at least once, within the window'),
  count('lost', 'Counts that did not arrive within the window, tail included'),
  ratio('loss_ratio', 'lost / (lost + unique)'),
  count('duplicates', 'Extra copies beyond the first'),
  count('replicated', 'Counts that arrived more than once'),
  count('reordered', 'Unique arrivals whose count is below one that arrived earlier'),
  ratio('reordered_ratio', 'reordered / unique'),
  count('reorder_extent_max', 'Largest distance back to the earliest arrival with a greater count'),
  count('reorder_extent_mean', 'Mean of that distance over reordered arrivals'),
  timing('reorder_late_offset_max_us', 'us', 'Largest time since the earliest arrival with a greater count'),
  count('n_reordering_1', 'Reordered arrivals right after a greater count'),
  count('n_reordering_2', 'Reordered arrivals right after 2 greater counts'),
  count('n_reordering_3', 'Reordered arrivals right after 3 greater counts'),
  count('loss_periods', 'Runs of consecutive lost counts'),
  count('loss_period_max', 'Longest such run'),
  count('loss_period_mean', 'Mean length of such runs'),
  count('loss_distance_mean', 'Mean difference between a lost count and the lost count before it'),
  count('bursts', 'Spans of 2 or more losses with no 16 arrivals in a row inside'),
  ratio('burst_density_ratio', 'Share of counts inside bursts that were lost'),
  ratio('gap_density_ratio', 'Share of counts outside bursts that were lost'),
  count('burst_length_mean', 'Mean length of bursts'),
  count('gap_length_mean', 'Mean length of the gaps before, between and after bursts'),
  count('corrupted', 'Datagrams whose check failed; not measured when nothing is checked'),
  count('malformed', 'Datagrams that could not be decoded'),
  count('outside_window', 'Arrivals too far below the highest count to tell late from duplicate'),
  count('before_first', 'Arrivals with a count below the first of this receiver'),
  timing('jitter_us', 'us', 'Smoothed interarrival jitter at the end of the stream'),
  timing('delay_p50_us', 'us', 'Median of arrival time − planned sending time'),
  timing('delay_p95_us', 'us', '95th percentile of delay'),
  timing('delay_p99_us', 'us', '99th percentile of delay'),
  timing('delay_p999_us', 'us', '99.9th percentile of delay'),
  timing('delay_max_us', 'us', 'Largest delay'),
  timing('pdv_p50_us', 'us', 'Median of delay − smallest delay'),
  timing('pdv_p95_us', 'us', '95th percentile of delay − smallest delay'),
  timing('pdv_p99_us', 'us', '99th percentile of delay − smallest delay'),
  timing('pdv_p999_us', 'us', '99.9th percentile of delay − smallest delay'),
  timing('pdv_max_us', 'us', 'Largest delay − smallest delay'),
  timing('throughput_pps', 'pps', 'Datagrams received after the first, over the time since the first'),
  timing(
    'throughput_bps',
    'bps',
    'Payload bits received after the first datagram, over the time since the first',
  ),
] as const satisfies readonly StatisticRow[];

export type StatisticName = (typeof STATISTICS)[number]['name'];

/** One number a statistic; null where it was not measured or there is nothing to take it over. */
export type Statistics = Record<StatisticName, number | null>;
