/**
 * The catalogue of metrics: one row each, with everything about it but its computation.
 *
 * Plain data: the code that measures and the code that computes expectations share these rows and nothing else. Lists
 * of metrics are derived by filtering rows, so a new metric is one new row. docs/metrics.md has formulas and examples.
 */

/**
 * How expected and measured values are compared when the schedule is known:
 * - `count`: whole numbers, equal or not;
 * - `quotient`: the same division or sum of the same whole numbers, in any order of summation, so equal to a relative
 *   1e-9;
 * - `quantile`: the expected value is exact and the measured one comes from a histogram with three significant digits,
 *   so a range.
 */
export type MetricKind = 'count' | 'quotient' | 'quantile';

export interface Row<Name extends string> {
  readonly unit:
    | 'datagrams'
    | 'positions'
    | 'periods'
    | 'bursts'
    | 'restarts'
    | 'ratio'
    | 'us'
    | 'pps'
    | 'bps';
  readonly kind: MetricKind;
  readonly definition: string;
  /**
   * The effect of a datagram dropped by the kernel: none, or a change in one direction, by any amount or by at most 1.
   * Omitted: any change.
   */
  readonly drop?: 'none' | 'falls' | 'falls by 1' | 'rises' | 'rises by 1';
  /** It depends on the order of arrival, not only on the set of arrivals. */
  readonly isOrdered?: true;
  /**
   * It depends on arrival times: a delay, which a busy machine only increases; a difference of times, which it changes
   * in either direction; or a rate. Omitted: it is the same for a seed on every machine.
   */
  readonly timing?: 'delay' | 'difference' | 'rate';
  /** For a quantile: the share of values that are no greater, 0.5 for the median, and of which values: see below. */
  readonly quantile?: number;
  /**
   * - `delay`: arrival − planned sending time;
   * - `pdv`: delay − smallest delay;
   * - `ipdv`: delay − the delay of the count before, which may be negative.
   */
  readonly quantileOf?: 'delay' | 'pdv' | 'ipdv';
  /**
   * The metric that counts its samples, and how many it needs: with fewer it is undefined. Without `least`, it may be
   * undefined for any number.
   */
  readonly over?: { readonly name: Name; readonly least?: number };
  /** It describes losses or reordering. Without any, every expectation of it is met. */
  readonly isOfFaults?: true;
  /** The count of which it is the ratio. */
  readonly ratioOf?: Name;
  /** Only the receiver can measure it, so it is not compared with an expectation. */
  readonly isOfReceiver?: true;
  /** Its column in the table on the terminal, from 1. Omitted: none. */
  readonly tableColumn?: number;
  /** Names of it, or of similar metrics, in other tools. */
  readonly otherNames?: readonly string[];
}

const COUNT = { unit: 'datagrams', kind: 'count' } as const;
const MEAN = { unit: 'datagrams', kind: 'quotient' } as const;
const RATIO = { unit: 'ratio', kind: 'quotient' } as const;
const OF_REORDERED = { isOrdered: true, isOfFaults: true, over: { name: 'reordered', least: 1 } } as const;
const OF_BURSTS = { isOfFaults: true, over: { name: 'bursts', least: 1 } } as const;
// Bursts may cover the whole stream, so that there is no gap.
const OF_GAPS = { isOfFaults: true, over: { name: 'lost' } } as const;
const JITTER = { unit: 'us', kind: 'quotient', isOrdered: true, timing: 'difference' } as const;
const JITTER_UNIQUE = { ...JITTER, over: { name: 'unique', least: 2 } } as const;
const JITTER_RECEIVED = { ...JITTER, over: { name: 'received', least: 2 } } as const;
const DELAY = {
  unit: 'us',
  kind: 'quantile',
  quantileOf: 'delay',
  timing: 'delay',
  over: { name: 'unique', least: 1 },
} as const;
const VARIATION = { ...DELAY, quantileOf: 'pdv', timing: 'difference' } as const;
const NEIGHBOURS = { ...VARIATION, quantileOf: 'ipdv', over: { name: 'ipdv_pairs', least: 1 } } as const;
const RATE = {
  kind: 'quotient',
  timing: 'rate',
  over: { name: 'received', least: 2 },
  otherNames: ['throughput'],
} as const;

/** The key is the name in files, columns and `--expect`; times end in `_us`, ratios in `_ratio`. */
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
  // A stream without counts has no losses.
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
  unindexed: {
    ...COUNT,
    definition: 'Datagrams whose number is too far from the others, and not continued by the next',
    isOfReceiver: true,
  },
  restarts: {
    unit: 'restarts',
    kind: 'count',
    definition: 'How often the numbers began anew elsewhere',
    isOfReceiver: true,
  },
  jitter_us: {
    ...JITTER_UNIQUE,
    definition: 'Smoothed interarrival jitter at the end of the stream, over unique arrivals',
    otherNames: ['jitter'],
  },
  jitter_mean_us: { ...JITTER_UNIQUE, definition: 'Mean of that jitter over the stream' },
  jitter_max_us: { ...JITTER_UNIQUE, definition: 'Largest value of that jitter' },
  jitter_received_us: {
    ...JITTER_RECEIVED,
    definition: 'Smoothed interarrival jitter as RFC 3550 has it, over every copy received',
    otherNames: ['jitter'],
  },
  jitter_received_mean_us: { ...JITTER_RECEIVED, definition: 'Mean of that jitter over the stream' },
  jitter_received_max_us: { ...JITTER_RECEIVED, definition: 'Largest value of that jitter' },
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
  ipdv_pairs: {
    ...COUNT,
    definition: 'Counts that arrived, and the count before them too',
    drop: 'falls',
  },
  ipdv_min_us: {
    ...NEIGHBOURS,
    definition: 'Smallest delay − delay of the count before',
    quantile: 0,
  },
  ipdv_p50_us: { ...NEIGHBOURS, definition: 'Median of delay − delay of the count before', quantile: 0.5 },
  ipdv_p95_us: { ...NEIGHBOURS, definition: '95th percentile of it', quantile: 0.95 },
  ipdv_p99_us: { ...NEIGHBOURS, definition: '99th percentile of it', quantile: 0.99 },
  ipdv_p999_us: { ...NEIGHBOURS, definition: '99.9th percentile of it', quantile: 0.999 },
  ipdv_max_us: { ...NEIGHBOURS, definition: 'Largest delay − delay of the count before', quantile: 1 },
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

/** In the order of files and reports. */
export const METRIC_NAMES = Object.keys(ROWS) as readonly MetricName[];

/** One number per metric; null where it was not measured or is undefined. */
export type Statistics = Record<MetricName, number | null>;
