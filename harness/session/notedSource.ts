/**
 * Passes a stream's datagrams through, and notes their sizes for the expected side.
 *
 * Making a match's datagrams is most of the cost of a virtual run, so they are made once; those that have not been
 * streamed when their size is requested are made then.
 */
import { DatagramBatch, MAX_DATAGRAM_BYTES } from '../../src/net/batch.ts';
import type { StreamSource } from '../../src/net/source.ts';

export class NotedSource implements StreamSource {
  readonly total: number;
  readonly intervalNs: number;
  readonly #source: StreamSource;
  /** Count − 1 → size, bytes. */
  readonly #sizesBytes: Uint32Array;
  #noted = 0;

  /** @param source one that ends; from now on it must be read only through this one */
  constructor(source: StreamSource) {
    this.#source = source;
    this.total = source.total;
    this.intervalNs = source.intervalNs;
    this.#sizesBytes = new Uint32Array(source.total);
  }

  mediaTimeNs(count: number): number {
    return this.#source.mediaTimeNs(count);
  }

  append(batch: DatagramBatch, count: number, dueNs: number): boolean {
    const row = batch.count;
    if (!this.#source.append(batch, count, dueNs)) return false;
    this.#sizesBytes[count - 1] = batch.lengths[row] as number;
    if (count > this.#noted) this.#noted = count;
    return true;
  }

  /** Size of a datagram, bytes, whether it was streamed or not. */
  sizeBytes(count: number): number {
    if (count > this.#noted) this.#playTo(count);
    return this.#sizesBytes[count - 1] as number;
  }

  #playTo(count: number): void {
    const one = new DatagramBatch(1, MAX_DATAGRAM_BYTES);
    while (this.#noted < count) {
      one.clear();
      this.append(one, this.#noted + 1, 0);
    }
  }
}
