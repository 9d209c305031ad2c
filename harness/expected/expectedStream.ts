/**
 * What the expected side is told: a stream, and the fate of each of its datagrams.
 *
 * Types only. Fates are described by their columns, so that the ledger needs nothing of the engine that
 * draws them.
 */

/** One flow in one direction, as it was sent. */
export interface ExpectedStream {
  /** First count the receiver was promised. */
  readonly firstCount: number;
  /** Last count sent; `firstCount - 1` for a stream of nothing. */
  readonly lastCount: number;
  /** Payload of the datagram with that count, bytes. */
  sizeBytes(count: number): number;
  /**
   * When that count is due to be sent (media time as the run maps it), nanoseconds since the run's epoch; rising.
   * The stream ends with its last count: what is held then is flushed at that one's time.
   */
  sendNs(count: number): number;
}

/**
 * The fates, a column a decision. They are read once, in rising order of index, and every value is taken before
 * the next `at`: a schedule may reuse its rows.
 */
export interface FateColumns {
  /** The row that holds the fate of `index`. */
  at(index: number): number;
  /** Row → 0 for a datagram that is not dropped, else the code of the cause. */
  readonly dropCause: ArrayLike<number>;
  /** Row → extra copies, 0 or more. */
  readonly copies: ArrayLike<number>;
  /** Row → how many later passes it is held for, 0 for none. */
  readonly hold: ArrayLike<number>;
  /** Row → 0 or more where a bit is flipped, -1 where none is. */
  readonly corrupt: ArrayLike<number>;
  /** Row → delay after it left the hold, nanoseconds. */
  readonly delayNs: ArrayLike<number>;
}

/** A bottleneck link. */
export interface LinkRate {
  /** Payload bits a second. */
  readonly rateBps: number;
  /** Datagrams that can wait, not counting the one on the link. */
  readonly queueDatagrams: number;
}

/** What the line does beyond the fate of single datagrams. */
export interface ExpectedLine {
  /** Whether a delayed datagram makes the ones behind it wait. */
  readonly keepOrder: boolean;
  /** Payloads of more bytes never arrive; null or left out: any size passes. */
  readonly mtuBytes?: number | null;
  /** Null where the line takes whatever comes. */
  readonly rate: LinkRate | null;
}

/** What the client's socket is handed, in order of arrival: a row a datagram, copies included. */
export interface Arrivals {
  readonly counts: Uint32Array;
  /** Row → 1 where the payload was altered on the way. */
  readonly corrupted: Uint8Array;
  /** Row → arrival, nanoseconds since the run's epoch. */
  readonly timesNs: Float64Array;
}
