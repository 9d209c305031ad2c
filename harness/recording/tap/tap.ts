/**
 * The interface of what sees every datagram at a proxy's entry: before it is impaired, in both directions.
 */
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';

/** A flow, by what does not change while it lasts. */
export interface TappedFlow {
  /** From 1. */
  readonly number: number;
  readonly client: Peer;
}

export interface Tap {
  /** @param server who it goes to, or comes from; the row is valid during the call */
  note(flow: TappedFlow, server: Peer, isUpward: boolean, batch: DatagramBatch, row: number): void;
}
