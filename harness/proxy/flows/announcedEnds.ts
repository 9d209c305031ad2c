/**
 * Announced ends of a stream that wait for everything scheduled before them, with their indices as control datagrams.
 */
import { DatagramBatch } from '../../../src/net/batch.ts';

/** Maximum number that wait; more are not needed. */
const MAX_ENDS = 16;
const MAX_END_BYTES = 2048;

export class AnnouncedEnds {
  #batch: DatagramBatch | null = null;
  readonly #indices: number[] = [];

  get count(): number {
    return this.#indices.length;
  }

  /** Copies a row of a batch in, unless there are enough. */
  keep(index: number, batch: DatagramBatch, row: number): void {
    this.#batch ??= new DatagramBatch(MAX_ENDS, MAX_ENDS * MAX_END_BYTES);
    const { bytes, offsets, lengths, timesNs, tos } = batch;
    const { count } = this.#batch;
    const start = offsets[row] as number;
    if (!this.#batch.append(bytes, start, lengths[row] as number, timesNs[row] as number)) return;
    this.#batch.setTos(count, count + 1, tos[row] as number);
    this.#indices.push(index);
  }

  /** Gives all to `send`, in order, and keeps none. */
  release(send: (index: number, batch: DatagramBatch, row: number) => void): void {
    if (this.#batch === null) return;
    for (const [row, index] of this.#indices.entries()) send(index, this.#batch, row);
    this.#batch.clear();
    this.#indices.length = 0;
  }
}
