/**
 * The interface of the two capture formats: packets, one after the other, from bytes that arrive in pieces.
 */
import type { Lines } from '../lines.ts';

/**
 * The result of `next`:
 * - `packet`: the fields describe one;
 * - `more`: more bytes are needed, or, at the end of the file, it is over if none are left;
 * - `damage`: why the rest cannot be read.
 */
export type Step = 'packet' | 'more' | { readonly damage: string };

/** A longer packet or block is skipped: none that a datagram of ours needs is as long. */
export const MAX_BLOCK_BYTES = 1 << 19;

export interface Packets {
  /** `pcap` or `pcapng`. */
  readonly format: string;
  /** Packets and blocks with packets that were too long, or had no time. */
  readonly unread: number;
  /** Packets at the exit of a captured run (exitInterface.ts), which are passed over: they stand at its entry as well. */
  readonly exits: number;
  /** The comment of the file, if the format has one. */
  readonly fileComment: string | null;
  /** Reads the next packet from the bytes that are there; what it describes is valid until the next call. */
  next(lines: Lines): Step;
  /** Of the packet: its link type, as in linkLayer.ts. */
  readonly linkType: number;
  /** Its time: seconds since 1970, and nanoseconds within the second. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Where it stands in the bytes. */
  readonly start: number;
  readonly end: number;
  /** Its comments, joined; null without any. */
  readonly comment: string | null;
}
