/**
 * The types of a contender of a workload and of its sample of one round.
 */

/** The result of one contender in one round. Null for figures that it does not report or the workload does not need. */
export interface Sample {
  readonly durationS: number;
  readonly sentPps: number | null;
  readonly receivedPps: number | null;
  /** Relative to the datagrams sent; behind our proxy, to those that its schedule lets through. */
  readonly lossRatio: number | null;
  readonly lateP50Us: number | null;
  readonly lateP99Us: number | null;
  /** Processor time of the sending process, all threads, as a share of one core while it sent. */
  readonly cpuRatio: number | null;
  /** Only of round trips. */
  readonly roundTrip?: RoundTrip;
  /** One line for each error: datagrams of ours that no counter accounts for. Empty for a peer. */
  readonly faults: readonly string[];
}

/** The round trips of a contender, microseconds. Null for what is not measured of it. */
export interface RoundTrip {
  readonly p50Us: number;
  readonly p99Us: number;
  /** From sending the first datagram of a flow to its arrival at the other end: the first flow of the process. */
  readonly coldFirstUs: number | null;
  /** The same for later flows: median and maximum. */
  readonly firstP50Us: number | null;
  readonly firstMaxUs: number | null;
  /** Processor time while nothing is sent, as a share of one core, and how often it wakes in a second. */
  readonly idleRatio: number | null;
  readonly idleWakesPerS: number | null;
}

/** The sample of a contender with a rate only. */
export const rateSample = (
  rates: Pick<Sample, 'durationS' | 'sentPps' | 'receivedPps' | 'lossRatio'>,
): Sample => ({ ...rates, lateP50Us: null, lateP99Us: null, cpuRatio: null, faults: [] });

export interface Contender {
  readonly peer: string;
  readonly version: string;
  /**
   * Runs one round. Throws EnvironmentError when the contender failed; the others continue without it.
   * @param reference the sample of the workload's reference in this round, if it has one
   */
  readonly measure: (reference: Sample | null) => Promise<Sample>;
}

/**
 * The figure that is compared: a rate, where more is better, or a lateness or share of a core, where less is better.
 */
export type Score = 'received rate' | 'late p50' | 'late p99' | 'processor time';

export interface Workload {
  readonly name: string;
  readonly datagramBytes: number;
  readonly score: Score;
  /** The requested rate; omitted for the maximum. */
  readonly askedPps?: number;
  /** Ours, first in every round. */
  readonly ours: Contender;
  readonly peers: readonly Contender[];
  /** Measured first in every round; what the others add to it is their figure. It is not compared itself. */
  readonly reference?: Contender;
  /** The transport of ours. */
  readonly transport: string;
}

export const DATAGRAM_BYTES = 1200;
export const OURS = 'matchstream';
