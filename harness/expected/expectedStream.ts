/**
 * The input of the expected side: a stream, and the fate of each of its datagrams.
 *
 * Fates are described by their columns, so the expected side does not depend on the schedule that draws them.
 */

/** One flow in one direction, as it was sent. */
export interface ExpectedStream {
  /** First count that the server promised the receiver. */
  readonly firstCount: number;
  /** Last count sent; `firstCount - 1` for an empty stream. */
  readonly lastCount: number;
  /**
   * Payload size of the datagram with that count, bytes.
   * @param row of the arrivals: repeats of one count may differ
   */
  sizeBytes(count: number, row?: number): number;
  /**
   * When that count is due to be sent (its media time at the run's speed), nanoseconds since the run's epoch; rising.
   * The stream ends with its last count: datagrams still held are flushed at that time.
   */
  sendNs(count: number, row?: number): number;
}

/**
 * The fates, one column per decision. They are read once, by rising index; every value is read before the next call of
 * `at`, because a schedule may reuse its rows.
 */
export interface FateColumns {
  /** The row that holds the fate of `index`. */
  at(index: number): number;
  /** Row → cause code of a dropped datagram, 0 for any other. */
  readonly dropCause: ArrayLike<number>;
  /** Row → extra copies, 0 or more. */
  readonly copies: ArrayLike<number>;
  /** Row → number of later passes it is held for, 0 if not held. */
  readonly hold: ArrayLike<number>;
  /** Row → a number of 0 or more if a bit is flipped, else -1. */
  readonly corrupt: ArrayLike<number>;
  /** Row → delay after it left the reorder buffer, nanoseconds. */
  readonly delayNs: ArrayLike<number>;
}

/** A bottleneck link; it has one limit of what can wait. */
export interface LinkRate {
  /** Payload bits a second; of a trace, on average. */
  readonly rateBps: number;
  /** Datagrams that can wait, not counting the one on the link. */
  readonly queueDatagrams?: number;
  /** The same in bytes. */
  readonly queueBytes?: number;
  /** The longest wait, nanoseconds. */
  readonly queueNs?: number;
  /** Opportunities to send 1500 bytes each, milliseconds since the start, again and again; absent: an even rate. */
  readonly trace?: { readonly timesMs: readonly number[] };
}

/** Settings of the line that are not fates of single datagrams. */
export interface ExpectedLine {
  /** Whether a datagram waits for delayed ones before it. */
  readonly keepOrder: boolean;
  /** Largest payload that passes, bytes; null or absent: no limit. */
  readonly mtuBytes?: number | null;
  /** Payload that passes, bytes; null or absent: no limit. */
  readonly dropAfterBytes?: number | null;
  /** Counts up to this one pass unharmed, whatever their fates and the rest of the line say; default 0. */
  readonly spare?: number;
  /** Whether there is a delay stage, for streams that do not go by a plan. */
  readonly isDelayed?: boolean;
  /** Null if the rate is not limited. */
  readonly rate: LinkRate | null;
  /** Number of its epoch; default 1. */
  readonly epoch?: number;
  /** The same from later counts on, by rising counts; default never. */
  readonly later?: readonly LaterLine[];
}

/** The line from a count on. */
export interface LaterLine extends Omit<ExpectedLine, 'later'> {
  readonly firstCount: number;
  readonly epoch: number;
}

/** What the client's socket receives, in order of arrival: one row per datagram, copies included. */
export interface Arrivals {
  readonly counts: Uint32Array;
  /** Row → 1 if the payload was altered on the way. */
  readonly corrupted: Uint8Array;
  /** Row → arrival, nanoseconds since the run's epoch. */
  readonly timesNs: Float64Array;
}
