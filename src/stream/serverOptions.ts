/**
 * The options of a streaming server, their checks and defaults, and the events it reports.
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

/** Default limit of clients at a time. */
export const DEFAULT_MAX_CLIENTS = 4096;

/** Events for logs, not for control flow. */
export type ServerEvent =
  | { readonly kind: 'registered' | 'unregistered' | 'expired' | 'ended'; readonly member: Member }
  | { readonly kind: 'stream started'; readonly clients: number }
  | { readonly kind: 'stream ended'; readonly count: number }
  | { readonly kind: 'refused'; readonly peer: Peer; readonly reason: string };

export interface ServerOptions extends PacerOptions {
  readonly source: StreamSource;
  /** Key of the registration tokens: 16 or more unpredictable bytes. */
  readonly secret: Uint8Array;
  /** Clients that must have registered before the stream starts. 0 starts at once. */
  readonly waitFor?: number;
  /**
   * How long after the last registration it waits for the remaining clients, nanoseconds; then it starts for those that
   * are registered. Default: for ever.
   */
  readonly waitMostNs?: number;
  /** Limit of clients at a time, 1 or more. Original clients get at most half of these places. */
  readonly maxClients?: number;
  /** Limit of clients of one address, for IPv6 of a /64, likewise. Default: a quarter of `maxClients`, at least 1. */
  readonly maxClientsPerAddress?: number | undefined;
  /** How often a client must send an `alive`: whole milliseconds, given in nanoseconds. */
  readonly keepAliveNs?: number;
  /** Serve the original programs' unverified registrations from other machines too. */
  readonly allowUnverified?: boolean;
  /**
   * An original client is removed this long after its last request, nanoseconds, Infinity for never. It sends only
   * `register`, so this bounds how long it is served. Default: an hour.
   */
  readonly originalTimeoutNs?: number;
  /** The run's epoch on CLOCK_MONOTONIC, microseconds: all times of the run are relative to it. */
  readonly epochUs?: number;
  /**
   * Limit of datagrams taken from the source at once. Default: the rows of a send queue's chunk. With UDP segmentation
   * offload a small batch is expensive: the kernel takes up to 64 datagrams and 64 KiB at once, and a remainder of a
   * few datagrams costs nearly as much as a full send.
   */
  readonly batchDatagrams?: number;
  readonly observe?: (event: ServerEvent, nowNs: number) => void;
  /** Called for every send: counts `from` .. `to` went to a client. */
  readonly observeSent?: (member: Member, from: number, to: number, nowNs: number) => void;
}

export interface ServerCounters {
  /** Datagrams that were no valid request. */
  malformed: number;
  /** Valid requests that were refused: no place, an unverified address, a wrong token. */
  refusedRequests: number;
}

const MIN_SECRET_BYTES = 16;

const secret: Check = (value, name) => {
  if (!(value instanceof Uint8Array && value.length >= MIN_SECRET_BYTES))
    refuseValue(name, `${MIN_SECRET_BYTES} bytes or more that nobody can guess`, value);
};

/** The check of each option. The keep-alive period is checked in ServerEndpoint. */
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

/** Returns the options unchanged. @throws UsageError for an invalid option */
export function checkServerOptions(options: ServerOptions): ServerOptions {
  having(SERVER_CHECKS)(options, 'ServerEndpoint');
  return options;
}
