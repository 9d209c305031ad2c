/**
 * The interface that reads a datagram's index, for one flow and direction, and the limits that all protocols share.
 */

/** What `read` returns for a datagram that passes without a fate because it has no index. */
export const UNINDEXED = 0;
/** What `read` returns for a datagram that is not of the stream, such as a registration or an RTCP report. */
export const CONTROL = -1;

/** Repeats are recognised up to this many indices below the highest; older ones are unindexed. */
export const REPEAT_WINDOW = 65_536;

/** What a datagram says about the first stream of its direction. */
export interface StreamNews {
  /** First index of the stream for this client: it is accepted, however high. */
  readonly firstIndex?: number;
  /**
   * When its datagrams are sent: media time from one to the next, nanoseconds, 0 if unknown; and the speed: 1 as
   * planned, 2 twice as fast, 0 flat out.
   */
  readonly plan?: { readonly intervalNs: number; readonly speed: number };
  /** The stream has ended with this index; null if the index is unknown. */
  readonly lastIndex?: number | null;
}

/** Reads the datagrams of one flow and direction, in order of arrival. The fields describe the last one read. */
export interface IndexReader {
  /** Number of its stream, from 1; a restart of the sequence begins a new stream. */
  readonly stream: number;
  /** 1 for the first datagram with this index, 2 and up for repeats. */
  readonly repeat: number;
  /** Its media time, nanoseconds since the stream's first datagram; NaN if the protocol carries none. */
  readonly mediaTimeNs: number;
  /** Number of datagrams of streams beyond the maximum. */
  readonly refusedStreams: number;
  /** Maximum number of datagrams in a row with one index; ten or more show that it is not a sequence number. */
  readonly sameInARow: number;
  /** What it says about the stream, if anything. */
  readonly news: StreamNews | null;
  /** @returns the index, 1 or more, or `UNINDEXED`, or `CONTROL` */
  read(bytes: Uint8Array, offset: number, lengthBytes: number): number;
}
