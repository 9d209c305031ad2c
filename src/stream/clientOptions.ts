/**
 * The options of a streaming client, their checks, and the events it reports.
 */
import {
  callback,
  flag,
  having,
  nullable,
  oneOf,
  optional,
  peer,
  positiveTimeNs,
  refuseValue,
  timeNs,
  whole,
} from '../base/arguments.ts';
import type { Check, Checks } from '../base/arguments.ts';
import type { DatagramBatch, Peer } from '../net/batch.ts';
import type { ArrivalRecorder } from './earlyArrivals.ts';

/** Default time that a client listens for late datagrams after the end, nanoseconds. */
export const DEFAULT_TMAX_NS = 1e9;

/** How much of a datagram is validated before it counts as received. */
export type Validation = 'head' | 'full';

export const VALIDATIONS: readonly Validation[] = ['head', 'full'];

/** Why a client ended. `no place`: the server refused the registration until the client gave up. */
export type EndReason = 'end of stream' | 'interrupted' | 'server silent' | 'no answer' | 'no place';

export type ClientEvent =
  | { readonly kind: 'registered'; readonly client: number; readonly nextCount: number }
  /** The server has no place. Reported once, and again when the reason changes. The client keeps trying. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'end announced'; readonly count: number | null }
  | { readonly kind: 'finished'; readonly reason: EndReason };

export interface ClientOptions {
  readonly server: Peer;
  /** Unguessable, so that nobody else can speak for the server: 16 to 32 characters of [A-Za-z0-9_-]. */
  readonly nonce: string;
  /** Makes the recorder once the first count is known: the promised one, or null without a promise. */
  readonly record: (firstCount: number | null) => ArrivalRecorder;
  /** The client id it asks for; null accepts any. */
  readonly wishedId?: number | null;
  /** How long it listens after the end was announced, nanoseconds: RFC 7680's Tmax. Default 1 s. */
  readonly tmaxNs?: number;
  /** How long it tries to register. */
  readonly registerTimeoutNs?: number;
  /** Speak the original programs' protocol. */
  readonly original?: boolean;
  /**
   * In the original protocol the server answers nothing: the client ends after this long without a datagram,
   * nanoseconds.
   */
  readonly quietTimeoutNs?: number;
  /** Every datagram must carry a valid check; one that does not is corrupted. */
  readonly check?: boolean;
  /**
   * How a datagram is validated. `head`: only its first bytes, which hold the count. `full`: all of it; a datagram that
   * is no stream message counts as malformed and its count as not received. Datagrams of the original protocol are
   * always validated in full.
   */
  readonly validate?: Validation;
  readonly observe?: (event: ClientEvent, nowNs: number) => void;
  /** Called with each accepted stream datagram: a row of the batch, valid during the call. */
  readonly observeDatagram?: (count: number, batch: DatagramBatch, row: number) => void;
  /** Called with each corrupted datagram, likewise. Its count cannot be trusted. */
  readonly observeCorrupted?: (batch: DatagramBatch, row: number) => void;
}

const nonce: Check = (value, name) => {
  if (!(typeof value === 'string' && /^[\w-]+$/.test(value)))
    refuseValue(name, 'characters of A-Z, a-z, 0-9, _ and -, 16 or more so that nobody guesses them', value);
};

/** The check of each option. */
export const CLIENT_CHECKS: Checks<ClientOptions> = {
  server: peer,
  nonce,
  record: callback,
  wishedId: nullable(whole(1, 1_000_000)),
  tmaxNs: optional(timeNs),
  registerTimeoutNs: optional(positiveTimeNs),
  original: optional(flag),
  quietTimeoutNs: optional(positiveTimeNs),
  check: optional(flag),
  validate: optional(oneOf(...VALIDATIONS)),
  observe: optional(callback),
  observeDatagram: optional(callback),
  observeCorrupted: optional(callback),
};

/** Returns the options unchanged. @throws UsageError for an invalid option */
export function checkClientOptions(options: ClientOptions): ClientOptions {
  having(CLIENT_CHECKS)(options, 'ClientEndpoint');
  return options;
}
