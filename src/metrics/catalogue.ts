/**
 * Every metric, a row each: all that is known of it but how it is computed.
 *
 * Plain data: those who measure and those who expect read the same rows and share no code. Any list of some metrics is
 * the rows that have something in common, so a new metric is a new row. docs/metrics.md has formulas and examples.
 */

/**
 * How expected and measured are held against each other where the schedule is known:
 * - `count`: whole numbers, equal or not;
 * - `quotient`: the same division or sum of the same whole numbers, in any order of summation, so equal to a
 *   relative 1e-9;
 * - `quantile`: exact here, read from a histogram of three significant digits there, so a range.
 */
export type MetricKind = 'count' | 'quotient' | 'quantile';

interface Row<Name extends string> {
  readonly unit: 'datagrams' | 'positions' | 'periods' | 'bursts' | 'ratio' | 'us' | 'pps' | 'bps';
  readonly kind: MetricKind;
  readonly definition: string;
  /**
   * What a datagram that the kernel drops can do to it: nothing, or move it one way only, by any amount or by 1 at the
   * most. Left out: anything.
   */
  readonly drop?: 'none' | 'falls' | 'falls by 1' | 'rises' | 'rises by 1';
  /** It depends on the order of arrival, not only on what arrived. */
  readonly isOrdered?: true;
  /**
   * It depends on when datagrams arrive: it is a delay, which a busy machine only ever adds to; or made of differences of
   * times, which it moves either way; or a rate. Left out: it is the same for a seed on every machine.
   */
  readonly timing?: 'delay' | 'difference' | 'rate';
  /** Of a quantile: the share of values that are no greater, 0.5 for the median. Of delay − smallest delay for a difference. */
  readonly quantile?: number;
  /**
   * What it is taken over, and how many of those it takes at the least: with fewer it has no value. Without `least`: any
   * number of them may turn out too few.
   */
  readonly over?: { readonly name: Name; readonly least?: number };
  /** It describes losses or reordering. Where there were none, an expectation of it is met. */
  readonly isOfFaults?: true;
  /** The count that it is the share of. */
  readonly ratioOf?: Name;
  /** The receiver alone can have an opinion of it, so that it is not compared. */
  readonly isOfReceiver?: true;
  /** Which column it has in the table on the terminal, from 1. Left out: none. */
  readonly tableColumn?: number;
  /** What other tools call it, or something like it. */
  readonly otherNames?: readonly string[];
}

const COUNT = { unit: 'datagrams', kind: 'count' } as const;
const MEAN = { unit: 'datagrams', kind: 'quotient' } as const;
const RATIO = { unit: 'ratio', kind: 'quotient' } as const;
const OF_REORDERED = { isOrdered: true, isOfFaults: true, over: { name: 'reordered', least: 1 } } as const;
const OF_BURSTS = { isOfFaults: true, over: { name: 'bursts', least: 1 } } as const;
// Bursts may cover the whole of a stream, and no gap is left.
const OF_GAPS = { isOfFaults: true, over: { name: 'lost' } } as const;
const DELAY = { unit: 'us', kind: 'quantile', timing: 'delay', over: { name: 'unique', least: 1 } } as const;
const VARIATION = { ...DELAY, timing: 'difference' } as const;
const RATE = {
  kind: 'quotient',
  timing: 'rate',
  over: { name: 'received', least: 2 },
  otherNames: ['throughput'],
} as const;

/** The key is the name that files, columns and `--expect` have; a time ends in `_us`, a ratio in `_ratio`. */
const ROWS = {
  sent: { ...COUNT, definition: 'Counts from the first to the last one sent', drop: 'none' },
  received: {
    ...COUNT,
    definition: 'Well-formed, uncorrupted datagrams that arrived, every copy counted',
    drop: 'falls',
    otherNames: ['delivered'],
  },
  unique: {
    ...COUNT,
    definition: 'Counts that arrived at least once, within the window',
    drop: 'falls by 1',
  },
  lost: {
    ...COUNT,
    definition: 'Counts that did not arrive within the window, tail included',
    drop: 'rises by 1',
    tableColumn: 1,
    otherNames: ['loss', 'losses', 'dropped', 'drops'],
  },
  // A stream without a single count has lost none of them.
  loss_ratio: {
    ...RATIO,
    definition: 'lost / (lost + unique)',
    drop: 'rises',
    over: { name: 'lost' },
    ratioOf: 'lost',
    otherNames: ['loss', 'losses', 'packet_loss'],
  },
  duplicates: {
    ...COUNT,
    definition: 'Extra copies beyond the first',
    drop: 'falls',
    tableColumn: 3,
    otherNames: ['duplicated', 'dup'],
  },
  replicated: { ...COUNT, definition: 'Counts that arrived more than once', drop: 'falls by 1' },
  reordered: {
    ...COUNT,
    definition: 'Unique arrivals whose count is below one that arrived earlier',
    isOrdered: true,
    tableColumn: 2,
    otherNames: ['reorder', 'reordering', 'out_of_order'],
  },
  reordered_ratio: {
    ...RATIO,
    definition: 'reordered / unique',
    isOrdered: true,
    over: { name: 'unique', least: 1 },
    ratioOf: 'reordered',
    otherNames: ['reorder', 'reordering'],
  },
  reorder_extent_max: {
    unit: 'positions',
    kind: 'count',
    ...OF_REORDERED,
    definition: 'Largest distance back to the earliest arrival with a greater count',
  },
  reorder_extent_mean: {
    unit: 'positions',
    kind: 'quotient',
    ...OF_REORDERED,
    definition: 'Mean of that distance over reordered arrivals',
  },
  reorder_late_offset_max_us: {
    unit: 'us',
    kind: 'quotient',
    ...OF_REORDERED,
    definition: 'Largest time since the earliest arrival with a greater count',
    timing: 'difference',
  },
  n_reordering_1: { ...COUNT, definition: 'Reordered arrivals right after a greater count', isOrdered: true },
  n_reordering_2: {
    ...COUNT,
    definition: 'Reordered arrivals right after 2 greater counts',
    isOrdered: true,
  },
  n_reordering_3: {
    ...COUNT,
    definition: 'Reordered arrivals right after 3 greater counts',
    isOrdered: true,
  },
  loss_periods: { unit: 'periods', kind: 'count', definition: 'Runs of consecutive lost counts' },
  loss_period_max: { ...COUNT, definition: 'Longest such run' },
  loss_period_mean: {
    ...MEAN,
    definition: 'Mean length of such runs',
    over: { name: 'lost', least: 1 },
    isOfFaults: true,
  },
  loss_distance_mean: {
    ...MEAN,
    definition: 'Mean difference between a lost count and the lost count before it',
    over: { name: 'lost', least: 2 },
    isOfFaults: true,
  },
  bursts: {
    unit: 'bursts',
    kind: 'count',
    definition: 'Spans of 2 or more losses with no 16 arrivals in a row inside',
  },
  burst_density_ratio: { ...RATIO, ...OF_BURSTS, definition: 'Share of counts inside bursts that were lost' },
  gap_density_ratio: { ...RATIO, ...OF_GAPS, definition: 'Share of counts outside bursts that were lost' },
  burst_length_mean: { ...MEAN, ...OF_BURSTS, definition: 'Mean length of bursts' },
  gap_length_mean: {
    ...MEAN,
    ...OF_GAPS,
    definition: 'Mean length of the gaps before, between and after bursts',
  },
  corrupted: {
    ...COUNT,
    definition: 'Datagrams whose check failed; not measured when nothing is checked',
    drop: 'falls',
  },
  malformed: { ...COUNT, definition: 'Datagrams that could not be decoded', drop: 'none' },
  outside_window: {
    ...COUNT,
    definition: 'Arrivals too far below the highest count to tell late from duplicate',
    isOfReceiver: true,
  },
  before_first: {
    ...COUNT,
    definition: 'Arrivals with a count below the first of this receiver',
    isOfReceiver: true,
  },
  jitter_us: {
    unit: 'us',
    kind: 'quotient',
    definition: 'Smoothed interarrival jitter at the end of the stream',
    isOrdered: true,
    timing: 'difference',
    over: { name: 'unique', least: 2 },
    otherNames: ['jitter'],
  },
  delay_p50_us: {
    ...DELAY,
    definition: 'Median of arrival time − planned sending time',
    quantile: 0.5,
    otherNames: ['latency', 'delay'],
  },
  delay_p95_us: { ...DELAY, definition: '95th percentile of delay', quantile: 0.95 },
  delay_p99_us: { ...DELAY, definition: '99th percentile of delay', quantile: 0.99 },
  delay_p999_us: { ...DELAY, definition: '99.9th percentile of delay', quantile: 0.999 },
  delay_max_us: { ...DELAY, definition: 'Largest delay', quantile: 1, otherNames: ['latency', 'delay'] },
  pdv_p50_us: { ...VARIATION, definition: 'Median of delay − smallest delay', quantile: 0.5 },
  pdv_p95_us: { ...VARIATION, definition: '95th percentile of delay − smallest delay', quantile: 0.95 },
  pdv_p99_us: {
    ...VARIATION,
    definition: '99th percentile of delay − smallest delay',
    quantile: 0.99,
    otherNames: ['jitter'],
  },
  pdv_p999_us: { ...VARIATION, definition: '99.9th percentile of delay − smallest delay', quantile: 0.999 },
  pdv_max_us: { ...VARIATION, definition: 'Largest delay − smallest delay', quantile: 1 },
  throughput_pps: {
    ...RATE,
    unit: 'pps',
    definition: 'Datagrams received after the first, over the time since the first',
  },
  throughput_bps: {
    ...RATE,
    unit: 'bps',
    definition: 'Payload bits received after the first datagram, over the time since the first',
  },
} as const satisfies Readonly<Record<string, Row<string>>>;

export type MetricName = keyof typeof ROWS;
export type Metric = Row<MetricName>;

export const METRICS: Readonly<Record<MetricName, Metric>> = ROWS;

/** In the order in which files and reports have them. */
export const METRIC_NAMES = Object.keys(ROWS) as readonly MetricName[];

/** One number a metric; null where it was not measured or there is nothing to take it over. */
export type Statistics = Record<MetricName, number | null>;
