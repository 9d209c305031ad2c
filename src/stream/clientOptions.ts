/**
 * What a streaming client is told, checked, and what it tells.
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

/** How long a client listens for what is late, unless told otherwise, nanoseconds. */
export const DEFAULT_TMAX_NS = 1e9;

/** How much of a datagram is read before it counts. */
export type Validation = 'head' | 'full';

export const VALIDATIONS: readonly Validation[] = ['head', 'full'];

/** Why a client ended. `no place`: the server answered that it has none, until it was given up on. */
export type EndReason = 'end of stream' | 'interrupted' | 'server silent' | 'no answer' | 'no place';

export type ClientEvent =
  | { readonly kind: 'registered'; readonly client: number; readonly nextCount: number }
  /** The server has no place: told once, and again where the reason is another. The client goes on asking. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'end announced'; readonly count: number | null }
  | { readonly kind: 'finished'; readonly reason: EndReason };

export interface ClientOptions {
  readonly server: Peer;
  /** Unguessable, so that nobody else can speak for the server: 16 to 32 characters of [A-Za-z0-9_-]. */
  readonly nonce: string;
  /** Makes the instrument once the first count is known: the promised one, or null where there is no promise. */
  readonly record: (firstCount: number | null) => ArrivalRecorder;
  /** The id it asks for; null takes what it is given. */
  readonly wishedId?: number | null;
  /** How long it listens after the end was announced, nanoseconds: RFC 7680's Tmax. 1 s. */
  readonly tmaxNs?: number;
  /** How long it tries to register. */
  readonly registerTimeoutNs?: number;
  /** Speak the original programs' protocol. */
  readonly original?: boolean;
  /** In the original protocol nothing is answered: it ends after this much quiet, nanoseconds. */
  readonly quietTimeoutNs?: number;
  /** Every datagram must carry a valid check; one that does not is corrupted. */
  readonly check?: boolean;
  /**
   * What makes a datagram one of the stream: `head`, its first bytes, where the count is; `full`, the whole of it, and one
   * that is no stream message is malformed, its count not received. The original protocol's are always read whole.
   */
  readonly validate?: Validation;
  readonly observe?: (event: ClientEvent, nowNs: number) => void;
  /** Shown each accepted stream datagram: a row of the batch, valid during the call. */
  readonly observeDatagram?: (count: number, batch: DatagramBatch, row: number) => void;
  /** Shown each datagram that counts as corrupted, likewise. Its count is as little to be trusted as the rest of it. */
  readonly observeCorrupted?: (batch: DatagramBatch, row: number) => void;
}

const nonce: Check = (value, name) => {
  if (!(typeof value === 'string' && /^[\w-]+$/.test(value)))
    refuseValue(name, 'characters of A-Z, a-z, 0-9, _ and -, 16 or more so that nobody guesses them', value);
};

/** What each option must be. */
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

/** The options as they are. @throws UsageError for one that makes no sense */
export function checkClientOptions(options: ClientOptions): ClientOptions {
  having(CLIENT_CHECKS)(options, 'ClientEndpoint');
  return options;
}
