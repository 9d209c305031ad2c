/**
 * The link queue: datagrams that the link has accepted, as slots with departure times, first in, first out.
 *
 * A ring that grows; the link limits its length.
 */
import { longerRing, ringLength } from '../../../src/base/ring.ts';

export class LinkQueue {
  /** Number & mask → slot and departure time; used from `oldest` to `next` - 1. */
  #slots = new Int32Array(ringLength(1));
  #timesNs = new Float64Array(ringLength(1));
  #oldest = 0;
  #next = 0;

  get count(): number {
    return this.#next - this.#oldest;
  }

  /** Adds a slot; departure times never go back. */
  put(slot: number, departNs: number): void {
    if (this.count === this.#slots.length) this.#grow();
    const row = this.#next & (this.#slots.length - 1);
    this.#slots[row] = slot;
    this.#timesNs[row] = departNs;
    this.#next += 1;
  }

  /** Departure time of the next slot, nanoseconds; Infinity if there is none. */
  nextNs(): number {
    if (this.count === 0) return Number.POSITIVE_INFINITY;
    return this.#timesNs[this.#oldest & (this.#timesNs.length - 1)] as number;
  }

  /** Removes and returns the next slot. */
  take(): number {
    const slot = this.#slots[this.#oldest & (this.#slots.length - 1)] as number;
    this.#oldest += 1;
    return slot;
  }

  #grow(): void {
    const length = ringLength(this.count + 1);
    this.#slots = longerRing(this.#slots, length, this.#oldest, this.#next);
    this.#timesNs = longerRing(this.#timesNs, length, this.#oldest, this.#next);
  }
}
