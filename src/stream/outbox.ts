/**
 * A bounded queue of control datagrams to send. A datagram that does not fit is dropped, as a network might do: every
 * control message is repeated until it is answered.
 */
import { DatagramBatch } from '../net/batch.ts';
import type { Peer } from '../net/batch.ts';
import { sendControl } from '../net/endpoint.ts';
import type { DatagramSink } from '../net/endpoint.ts';

export class Outbox {
  /** How often it was drained. */
  drains = 0;
  readonly #batch: DatagramBatch;

  constructor(capacity = 256, arenaBytes = 65_536) {
    this.#batch = new DatagramBatch(capacity, arenaBytes);
  }

  get empty(): boolean {
    return this.#batch.count === 0;
  }

  /** Whether half of its rows are used. The other half is reserved for more important messages. */
  get halfFull(): boolean {
    return this.#batch.count * 2 >= this.#batch.capacity;
  }

  /** False when there is no room and the datagram is dropped. */
  put(nowNs: number, peer: Peer, bytes: Uint8Array): boolean {
    return this.#batch.append(bytes, 0, bytes.length, nowNs, peer);
  }

  drain(sink: DatagramSink, port: number): void {
    const batch = this.#batch;
    for (let row = 0; row < batch.count; row += 1)
      sendControl(sink, port, batch.sources[row] as Peer, batch, row, row + 1);
    batch.clear();
    this.drains += 1;
  }
}
