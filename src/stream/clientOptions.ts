/**
 * What a streaming client is told, and what it tells. Types only.
 */
import type { DatagramBatch, Peer } from './batch.ts';
import type { ArrivalRecorder } from './earlyArrivals.ts';

/** Why a client ended. */
export type EndReason = 'end of stream' | 'interrupted' | 'server silent' | 'no answer';

export type ClientEvent =
  | { readonly kind: 'registered'; readonly client: number; readonly nextCount: number }
  | { readonly kind: 'end announced'; readonly count: number | null }
  | { readonly kind: 'finished'; readonly reason: EndReason };

export interface ClientOptions {
  readonly server: Peer;
  /** Unguessable, so that nobody else can speak for the server: 16 characters or more of [A-Za-z0-9_-]. */
  readonly nonce: string;
  /** Makes the instrument once the first count is known: the promised one, or null where there is no promise. */
  readonly record: (firstCount: number | null) => ArrivalRecorder;
  /** The id it asks for; null takes what it is given. */
  readonly wishedId?: number | null;
  /** How long it listens after the end was announced, nanoseconds: RFC 7680's Tmax. */
  readonly tmaxNs?: number;
  /** How long it tries to register. */
  readonly registerTimeoutNs?: number;
  /** Speak the original programs' protocol. */
  readonly original?: boolean;
  /** In the original protocol nothing is answered: it ends after this much quiet, nanoseconds. */
  readonly quietTimeoutNs?: number;
  /** Every datagram must carry a valid check; one that does not is corrupted. */
  readonly check?: boolean;
  readonly observe?: (event: ClientEvent, nowNs: number) => void;
  /** Shown each accepted stream datagram: a row of the batch, valid during the call. */
  readonly observeDatagram?: (count: number, batch: DatagramBatch, row: number) => void;
}
