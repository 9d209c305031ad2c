/**
 * What a protocol says of each datagram of one flow and direction: whether it has an index, and which.
 *
 * Types and the bounds that all protocols share.
 */

/** What `read` returns for a datagram that passes without a fate because it has no index. */
export const UNINDEXED = 0;
/** What `read` returns for a datagram that is not of the stream, such as a registration or an RTCP report. */
export const CONTROL = -1;

/** Streams of one flow and direction that are told apart; datagrams of further ones are unindexed. */
export const MAX_STREAMS = 64;
/** Repeats are told apart among so many indices below the highest; an older one is unindexed. */
export const REPEAT_WINDOW = 65_536;

/** What a datagram says about the first stream of its direction. */
export interface StreamNews {
  /** Index that the stream begins with, for this client: it is believed, however high. */
  readonly firstIndex?: number;
  /**
   * When its datagrams are sent: nanoseconds of media time from one to the next, 0 where that is not said; and 1 as
   * planned, 2 twice as fast, 0 flat out.
   */
  readonly plan?: { readonly intervalNs: number; readonly speed: number };
  /** The stream is over, with this index; null where it is not said which. */
  readonly lastIndex?: number | null;
}

/** Reads the datagrams of one flow and direction, in order of arrival. The fields are those of the last one read. */
export interface IndexReader {
  /** Which stream it is of, from 1; a new one starts where the sequence starts anew. */
  readonly stream: number;
  /** Which datagram with this index it is: 1 is the first, 2 and up are repeats. */
  readonly repeat: number;
  /** Its media time, nanoseconds since the stream's first datagram; NaN where the protocol carries none. */
  readonly mediaTimeNs: number;
  /** How many datagrams of streams beyond `MAX_STREAMS` there were. */
  readonly refusedStreams: number;
  /** The most datagrams in a row that had one index; ten of them are no sequence number. */
  readonly sameInARow: number;
  /** What it says about the stream, where it says anything. */
  readonly news: StreamNews | null;
  /** @returns the index, 1 or more, or `UNINDEXED`, or `CONTROL` */
  read(bytes: Uint8Array, offset: number, lengthBytes: number): number;
}
