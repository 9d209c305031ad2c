/**
 * What a streaming server is told, and what it tells. Types only.
 */
import type { Peer } from './batch.ts';
import type { PaceOptions } from './pace.ts';
import type { Member } from './roster.ts';
import type { StreamSource } from './source.ts';

/** What happened, for logs; never for control flow. */
export type ServerEvent =
  | { readonly kind: 'registered' | 'unregistered' | 'expired' | 'ended'; readonly member: Member }
  | { readonly kind: 'stream started'; readonly clients: number }
  | { readonly kind: 'stream ended'; readonly count: number }
  | { readonly kind: 'refused'; readonly peer: Peer; readonly reason: string };

export interface ServerOptions extends PaceOptions {
  readonly source: StreamSource;
  /** Key of the registration tokens: 16 bytes or more that nobody can guess. */
  readonly secret: Uint8Array;
  /** Clients that must have registered before the stream starts. 0 starts at once. */
  readonly waitFor?: number;
  /**
   * How long after the last registration it waits for the rest of them, nanoseconds; then it starts for those that are
   * there. For ever unless told.
   */
  readonly waitMostNs?: number;
  /** Most clients at a time; who has left is none. */
  readonly maxClients?: number;
  /** How often a client must show that it lives: whole milliseconds, in nanoseconds. */
  readonly keepAliveNs?: number;
  /** Serve the original programs' unverified registrations from other machines too. */
  readonly allowUnverified?: boolean;
  /** The run's epoch on CLOCK_MONOTONIC, microseconds: what every time of the run is relative to. */
  readonly epochUs?: number;
  /**
   * Most datagrams taken from the source at one time; as many as a queue's batch holds. Few are dear where the kernel cuts
   * them apart: it takes 64 at once and 64 KiB, and a batch that ends in a handful costs nearly a whole one more.
   */
  readonly batchDatagrams?: number;
  readonly observe?: (event: ServerEvent, nowNs: number) => void;
  /** Told of every send: counts `from` .. `to` went to a client. */
  readonly observeSent?: (member: Member, from: number, to: number, nowNs: number) => void;
}

export interface ServerCounters {
  /** Datagrams that were no valid request. */
  malformed: number;
  /** Valid requests that were turned down: a full roster, an unverified address. */
  refusedRequests: number;
}
