/**
 * What a sans-I/O state machine looks like to whoever runs it: a real socket loop or a simulated network.
 *
 * Calling order, for every machine of this project:
 *   1. `handleDatagrams` for each batch that arrived, or `handleTimeout` once `nextTimeoutNs` is reached;
 *   2. `drain`, which hands every datagram to send to the sink, in order;
 *   3. `nextTimeoutNs`, and wait for that time or the next arrival; until `finished`.
 * Times are nanoseconds since the run's epoch and never go back. A machine holds no socket and reads no clock.
 */
import type { DatagramBatch, Peer } from './batch.ts';

/** Where a machine puts what it sends. */
export interface DatagramSink {
  /**
   * Sends rows `from` .. `to - 1` of a batch to one peer through one port, in order. The rows lie in the arena in that
   * order, one behind the other or nearly so: a sink may copy them with all that is between them, in one piece.
   * The bytes may be read until the drain that made this call returns.
   * Returns how many the transport took; the rest could not be sent and are lost.
   */
  send(port: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number;
  /**
   * Sends a whole batch that the machine is done with: the sink may exchange its memory for other memory, so that
   * nothing is copied. What the batch holds afterwards means nothing; clear it. A sink without this copies.
   */
  sendAway?(port: number, peer: Peer, batch: DatagramBatch): number;
  /**
   * As `send`, for control datagrams. They are repeated until they are answered and are in no account, so where one
   * fails after it was taken, nobody is told: whoever is told takes it for one of the stream. A sink that never tells
   * needs no such way.
   */
  sendControl?(port: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number;
}

/** Sends rows that are in no account: control datagrams, and what only passes. */
export const sendControl = (
  sink: DatagramSink,
  port: number,
  peer: Peer,
  batch: DatagramBatch,
  from: number,
  to: number,
): number => sink.sendControl?.(port, peer, batch, from, to) ?? sink.send(port, peer, batch, from, to);

export interface Endpoint {
  /**
   * Takes rows `from` .. `to - 1` of a batch that arrived on `port`. `nowNs` is at or after their arrival times.
   * The batch stays as it is until this call returns, no longer.
   */
  handleDatagrams(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void;
  /** Does what is due at `nowNs`. Calling it early does nothing. */
  handleTimeout(nowNs: number): void;
  /** When `handleTimeout` is next wanted, nanoseconds; Infinity when only an arrival can change anything. */
  nextTimeoutNs(): number;
  /** Hands over everything to send. */
  drain(sink: DatagramSink): void;
  /** True once nothing will ever be sent or waited for again. */
  readonly finished: boolean;
}
