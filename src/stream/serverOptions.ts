/**
 * What a streaming server is told, checked, with its defaults; and what it tells.
 */
import {
  anything,
  callback,
  flag,
  having,
  oneOf,
  optional,
  refuseValue,
  source,
  speed,
  waitNs,
  whole,
} from '../base/arguments.ts';
import type { Check, Checks } from '../base/arguments.ts';
import type { Peer } from '../net/batch.ts';
import { CATCH_UPS } from '../net/pacer.ts';
import type { PacerOptions } from '../net/pacer.ts';
import type { Member } from './registry.ts';
import type { StreamSource } from '../net/source.ts';

/** Most clients at a time, unless told otherwise. */
export const DEFAULT_MAX_CLIENTS = 4096;

/** What happened, for logs; never for control flow. */
export type ServerEvent =
  | { readonly kind: 'registered' | 'unregistered' | 'expired' | 'ended'; readonly member: Member }
  | { readonly kind: 'stream started'; readonly clients: number }
  | { readonly kind: 'stream ended'; readonly count: number }
  | { readonly kind: 'refused'; readonly peer: Peer; readonly reason: string };

export interface ServerOptions extends PacerOptions {
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
  /** Most clients at a time, 1 or more; who has left is none. Original clients have at most half of these places. */
  readonly maxClients?: number;
  /** Most clients of one address, for IPv6 of a /64, likewise. Default: a quarter of the clients, at least 1. */
  readonly maxClientsPerAddress?: number | undefined;
  /** How often a client must show that it lives: whole milliseconds, in nanoseconds. */
  readonly keepAliveNs?: number;
  /** Serve the original programs' unverified registrations from other machines too. */
  readonly allowUnverified?: boolean;
  /**
   * After how long without a word an original client has left, nanoseconds, Infinity for never. They say `register` and no more, so
   * this bounds how long one is served. Default: an hour.
   */
  readonly originalTimeoutNs?: number;
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
  /** Valid requests that were turned down: no place, an unverified address, a wrong token. */
  refusedRequests: number;
}

const MIN_SECRET_BYTES = 16;

const secret: Check = (value, name) => {
  if (!(value instanceof Uint8Array && value.length >= MIN_SECRET_BYTES))
    refuseValue(name, `${MIN_SECRET_BYTES} bytes or more that nobody can guess`, value);
};

/** What each option must be. A keep-alive period is checked where it is used. */
export const SERVER_CHECKS: Checks<ServerOptions> = {
  source,
  secret,
  speed: optional(speed),
  catchUp: optional(oneOf(...CATCH_UPS)),
  observeLateness: optional(callback),
  waitFor: optional(whole(0)),
  waitMostNs: optional(waitNs),
  maxClients: optional(whole(1)),
  maxClientsPerAddress: optional(whole(1)),
  keepAliveNs: anything,
  allowUnverified: optional(flag),
  originalTimeoutNs: optional(waitNs),
  epochUs: optional(whole(0)),
  batchDatagrams: optional(whole(1)),
  observe: optional(callback),
  observeSent: optional(callback),
};

/** The options as they are. @throws UsageError for one that makes no sense */
export function checkServerOptions(options: ServerOptions): ServerOptions {
  having(SERVER_CHECKS)(options, 'ServerEndpoint');
  return options;
}
