/**
 * A protocol, as far as a proxy knows it: which datagrams have an index, and how a client comes to a flow.
 *
 * A fate belongs to an index, and where the index comes from is the protocol's business alone: the proxy asks, and counts,
 * holds and forwards by the answer. A protocol is one value in a file of its own, listed in allProtocols.ts.
 */
import type { Peer } from '../../src/net/batch.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { IndexReader } from './indexReader.ts';

/** How a client comes to a flow. */
export type Admission =
  /** A listening port is a flow. It goes to the first client that registers and proves its address: see Handshake. */
  | 'registration'
  /** A source address is a flow, from its first datagram on. */
  | 'source';

/** What is known of one direction before anything has come. */
export interface Way {
  /** Whether datagrams have an index there, and with it a fate. */
  readonly isIndexed: boolean;
  /** Whether some are control: they pass, or have schedules of their own. */
  readonly hasControl: boolean;
  /** Whether the end is announced. Where it is not, what is held waits no longer than the longest wait. */
  readonly endIsAnnounced: boolean;
  /** What is missing where nothing has an index, and what then helps; null where everything has one. */
  readonly unread: Unread | null;
}

export interface Unread {
  /** Behind "there is no". */
  readonly what: string;
  readonly remedy: string;
  /** Whether control is no sign either that the protocol is the right one. */
  readonly isControl: boolean;
}

export interface Protocol {
  /** As it is written behind `--protocol`. */
  readonly text: string;
  readonly admission: Admission;
  readonly down: Way;
  readonly up: Way;
  /** What a user should know of fates by this protocol, a line each. */
  readonly notes: readonly string[];
  /** Why its handshake refuses datagrams: kind → how the closing table says it, behind "datagrams". */
  readonly reasons: Readonly<Record<string, string>>;
  /**
   * A flow for a client that has none.
   * @param believes whether an address is believed without proof
   */
  open(believes: (address: string) => boolean): FlowProtocol;
}

/** What a protocol knows of one flow. */
export interface FlowProtocol extends Readonly<Record<Direction, IndexReader>> {
  /** How often the client says that it is there, nanoseconds; Infinity for one whose silence means nothing. */
  readonly keepAliveNs: number;
  /** Null where the protocol knows no registration. */
  readonly handshake: Handshake | null;
}

/** Why a datagram is not passed on. */
export interface Refusal {
  /** A key of the protocol's `reasons`. */
  readonly kind: string;
  /** One line for people. @param client its address and port */
  describe(client: string): string;
}

/** What a datagram says of a client that has proved nothing. */
export interface Judgement {
  /** Whether it asks for a flow, in words that the protocol knows. */
  readonly asks: boolean;
  /** Whether it proves the client's address, or is believed without. */
  readonly proves: boolean;
  /** Null where it may be passed on. */
  readonly refusal: Refusal | null;
}

/**
 * How a client registers through the proxy. To the server every client of a proxy is the proxy, so what the server
 * checks says nothing about the client's address: the proxy goes by the proof as well.
 */
export interface Handshake {
  /** Judges a datagram of a client that has proved nothing. */
  judge(client: Peer, bytes: Uint8Array, offset: number, lengthBytes: number): Judgement;
  /** Why a datagram of a client that is verified is not passed on; null where it is. */
  refusal(client: Peer, bytes: Uint8Array, offset: number, lengthBytes: number): Refusal | null;
  /** Whether a datagram of the server's may be carried to a client that has proved nothing, and notes that it is. */
  carries(bytes: Uint8Array, offset: number, lengthBytes: number): boolean;
  /** The client gets the way to the server that another one had: what was carried to that one proves nothing. */
  follow(former: Handshake): void;
}
