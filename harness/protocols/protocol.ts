/**
 * The interface of a protocol for a proxy: which datagrams have an index, and how a client gets a flow.
 *
 * A fate belongs to an index, and only the protocol knows the index: the proxy counts, holds and forwards by it. A
 * protocol is one value in its own file, listed in allProtocols.ts.
 */
import type { Peer } from '../../src/net/batch.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { IndexReader } from './indexReader.ts';

/** How a client gets a flow. */
export type Admission =
  /** Each listening port is a flow, for the first client that registers and proves its address: see Handshake. */
  | 'registration'
  /** Each source address is a flow, from its first datagram on. */
  | 'source';

/** What is known of one direction in advance. */
export interface Way {
  /** Whether its datagrams have indices, and with them fates. */
  readonly isIndexed: boolean;
  /** Whether indices are in the datagrams, so that losses and order before the proxy show. */
  readonly isNumbered: boolean;
  /** Whether some are control datagrams: they pass, or have separate schedules. */
  readonly hasControl: boolean;
  /** Whether the stream's end is announced. If not, held datagrams wait no longer than the longest wait. */
  readonly endIsAnnounced: boolean;
  /** What is missing if no datagram has an index, and what helps then; null if every datagram has one. */
  readonly unread: Unread | null;
}

export interface Unread {
  /** Completes "there is no". */
  readonly what: string;
  readonly remedy: string;
  /** Whether control datagrams do not show either that the protocol is the right one. */
  readonly isControl: boolean;
}

export interface Protocol {
  /** As it is written after `--protocol`. */
  readonly text: string;
  readonly admission: Admission;
  readonly down: Way;
  readonly up: Way;
  /** What users should know about fates with this protocol, a line each. */
  readonly notes: readonly string[];
  /** Why its handshake refuses datagrams: kind → text in the closing table, after "datagrams". */
  readonly reasons: Readonly<Record<string, string>>;
  /**
   * A flow for a new client.
   * @param believes whether an address is accepted without proof
   */
  open(believes: (address: string) => boolean): FlowProtocol;
}

/** The protocol's state of one flow. */
export interface FlowProtocol extends Readonly<Record<Direction, IndexReader>> {
  /** The client's keep-alive period, nanoseconds; Infinity if its silence means nothing. */
  readonly keepAliveNs: number;
  /** Null if the protocol has no registration. */
  readonly handshake: Handshake | null;
}

/** Why a datagram is not passed on. */
export interface Refusal {
  /** A key of the protocol's `reasons`. */
  readonly kind: string;
  /** One line for people. @param client its address and port */
  describe(client: string): string;
}

/** The verdict on a datagram of an unverified client. */
export interface Judgement {
  /** Whether it requests a flow, as the protocol defines it. */
  readonly asks: boolean;
  /** Whether it proves the client's address, or is accepted without proof. */
  readonly proves: boolean;
  /** Null if it may be passed on. */
  readonly refusal: Refusal | null;
}

/**
 * How a client registers through the proxy. To the server, all clients of a proxy have the proxy's address, so the
 * server's check does not verify the client's address: the proxy checks the proof as well.
 */
export interface Handshake {
  /** Judges a datagram of an unverified client. */
  judge(client: Peer, bytes: Uint8Array, offset: number, lengthBytes: number): Judgement;
  /** Why a datagram of a verified client is not passed on; null if it is. */
  refusal(client: Peer, bytes: Uint8Array, offset: number, lengthBytes: number): Refusal | null;
  /** Whether a datagram of the server may be forwarded to an unverified client; if so, it is noted. */
  carries(bytes: Uint8Array, offset: number, lengthBytes: number): boolean;
  /** The client takes over the upstream port of a former client: what was forwarded to the former one proves nothing. */
  follow(former: Handshake): void;
}
