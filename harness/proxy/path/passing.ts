/**
 * Datagrams of one direction that pass unimpaired: control, and those without an index.
 */
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import type { DatagramSink } from '../../../src/net/endpoint.ts';
import { SendQueue } from '../../../src/net/sendQueue.ts';
import type { StreamTap } from '../../recording/tap/wayTap.ts';

export class Passing {
  readonly #queue = new SendQueue();
  readonly #tap: StreamTap | null;

  /** @param tap sees them come and leave; null for nobody */
  constructor(tap: StreamTap | null) {
    this.#tap = tap;
  }

  /** Notes that one came in, before it is put. */
  note(batch: DatagramBatch, row: number): void {
    this.#tap?.passed(batch, row);
  }

  /** Notes that one came in that is not passed on. */
  noteIgnored(batch: DatagramBatch, row: number): void {
    this.#tap?.ignored(batch, row);
  }

  /** Adds a copy of one that came in. */
  put(batch: DatagramBatch, row: number): void {
    const { bytes, offsets, lengths, timesNs, tos } = batch;
    const start = offsets[row] as number;
    this.#queue.put(bytes, start, lengths[row] as number, timesNs[row] as number, tos[row]);
  }

  /** Sends all to one peer. Returns their number. */
  drain(sink: DatagramSink, port: number, peer: Peer): number {
    const { count } = this.#queue;
    if (count > 0) this.#queue.drain(sink, port, peer, true, this.#tap?.leftAsIs ?? null);
    return count;
  }
}
