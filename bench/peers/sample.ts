/**
 * What every contender of a workload reports of one round, and what a contender is.
 */

/** One contender, one round. Null where it does not say, or where the workload does not ask. */
export interface Sample {
  readonly durationS: number;
  readonly sentPps: number | null;
  readonly receivedPps: number | null;
  /** Of what was sent; behind a proxy that drops on purpose, of what its schedule lets through. */
  readonly lossRatio: number | null;
  readonly lateP50Us: number | null;
  readonly lateP99Us: number | null;
  /** Processor time of the sending process, all threads, as a share of one core while it sent. */
  readonly cpuRatio: number | null;
  /** What must not be, a line each: datagrams of ours that nothing accounts for. Empty for a peer. */
  readonly faults: readonly string[];
}

/** The sample of a contender that was asked for its rate only. */
export const rateSample = (
  rates: Pick<Sample, 'durationS' | 'sentPps' | 'receivedPps' | 'lossRatio'>,
): Sample => ({ ...rates, lateP50Us: null, lateP99Us: null, cpuRatio: null, faults: [] });

export interface Contender {
  readonly peer: string;
  readonly version: string;
  /** One round. Throws EnvironmentError where the contender failed; then the others go on without it. */
  readonly measure: () => Promise<Sample>;
}

/** What decides: a rate, where more is better, or a lateness or a share of a core, where less is. */
export type Score = 'received rate' | 'late p99' | 'processor time';

export interface Workload {
  readonly name: string;
  readonly datagramBytes: number;
  readonly score: Score;
  /** The rate that was asked for; left out where it is as much as can be. */
  readonly askedPps?: number;
  /** Ours, first in every round. */
  readonly ours: Contender;
  readonly peers: readonly Contender[];
  /** The transport that ours runs on. */
  readonly transport: string;
}

export const DATAGRAM_BYTES = 1200;
export const OURS = 'matchstream';
