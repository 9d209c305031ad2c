/**
 * The interface of an endpoint, a state machine without I/O, to the network that runs it, real or simulated.
 *
 * Calling order, for every endpoint:
 *   1. `handleDatagrams` for each batch that arrived, or `handleTimeout` once `nextTimeoutNs` is reached;
 *   2. `drain`, which passes every datagram to send to the sink, in order;
 *   3. `nextTimeoutNs`, and wait for that time or the next arrival; until `finished`.
 * Times are nanoseconds since the run's epoch and never go back. An endpoint holds no socket and reads no clock.
 */
import type { DatagramBatch, Peer } from './batch.ts';

/** Takes the datagrams that an endpoint sends. */
export interface DatagramSink {
  /**
   * Sends rows `from` .. `to - 1` of a batch to one peer through one port, in order. The rows are in the arena in that
   * order, with small gaps at most: a sink may copy them in one piece, gaps included. The bytes may be read until the
   * drain that made this call returns. Returns how many the transport accepted; the rest could not be sent and are
   * lost.
   */
  send(port: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number;
  /**
   * Sends a whole batch that the endpoint no longer needs: the sink may swap its memory for other memory instead of
   * copying. The contents of the batch are undefined afterwards; clear it. Without this method `send` is used.
   */
  sendAway?(port: number, peer: Peer, batch: DatagramBatch): number;
  /**
   * As `send`, for control datagrams. They are repeated until they are answered and are not accounted for, so a failure
   * after acceptance is not reported: it would be taken for one of the stream. Without this method `send` is used.
   */
  sendControl?(port: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number;
}

/** Sends rows that are not accounted for: control datagrams, and those only passed through. */
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
   * Handles rows `from` .. `to - 1` of a batch that arrived on `port`. `nowNs` is at or after their arrival times. The
   * batch is valid only during this call.
   */
  handleDatagrams(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void;
  /** Does what is due at `nowNs`. Calling it early does nothing. */
  handleTimeout(nowNs: number): void;
  /** When `handleTimeout` must be called next, nanoseconds; Infinity when only an arrival can change anything. */
  nextTimeoutNs(): number;
  /** Passes all datagrams to send to the sink. */
  drain(sink: DatagramSink): void;
  /** Called for datagrams that a sink accepted and then could not send, except control datagrams. */
  handleSendFailure?(port: number, peer: Peer, datagrams: number): void;
  /** Called when datagrams sent through a port were refused: nobody has the port they were sent to. */
  handleRefused?(nowNs: number, port: number, peer: Peer, count: number): void;
  /**
   * Whether the order in which it sends depends on when datagrams arrived, so that before each deadline the ports are looked at.
   * Absent: it does not.
   */
  readonly ordersByArrival?: boolean;
  /** True once nothing will ever be sent or waited for again. */
  readonly finished: boolean;
}
