/**
 * The last datagrams that arrived, and the one with the highest count: copied as they come, read only when somebody looks.
 *
 * Memory is constant; nothing is decoded here.
 */
import type { DatagramBatch } from '../net/batch.ts';

/** Room for a usual message. */
const FIRST_BYTES = 2048;

class Slot {
  #bytes = new Uint8Array(FIRST_BYTES);
  #sizeBytes = 0;

  put(bytes: Uint8Array): void {
    if (bytes.length > this.#bytes.length) this.#bytes = new Uint8Array(bytes.length);
    this.#bytes.set(bytes);
    this.#sizeBytes = bytes.length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#sizeBytes);
  }
}

export class RecentPayloads {
  readonly #ring: readonly Slot[];
  readonly #latest = new Slot();
  /** How many have been put into the ring. */
  #puts = 0;
  #highest = Number.NEGATIVE_INFINITY;

  constructor(kept: number) {
    this.#ring = Array.from({ length: kept }, () => new Slot());
  }

  add(count: number, batch: DatagramBatch, row: number): void {
    const bytes = batch.payload(row);
    this.#ring[this.#puts % this.#ring.length]?.put(bytes);
    this.#puts += 1;
    if (count <= this.#highest) return;
    this.#highest = count;
    this.#latest.put(bytes);
  }

  /** With the highest count; null before the first. */
  get latest(): Uint8Array | null {
    return this.#puts === 0 ? null : this.#latest.bytes;
  }

  /** The last that arrived, the latest first. */
  recent(): Uint8Array[] {
    const kept = Math.min(this.#puts, this.#ring.length);
    return Array.from({ length: kept }, (_, k) => {
      const slot = this.#ring[(this.#puts - 1 - k) % this.#ring.length] as Slot;
      return slot.bytes;
    });
  }
}
