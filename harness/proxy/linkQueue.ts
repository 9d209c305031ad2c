/**
 * What a link has accepted and not yet let go: slots with their departure times, first in, first out.
 *
 * A ring that grows; the link's queue length bounds it.
 */

export class LinkQueue {
  count = 0;
  #slots = new Int32Array(64);
  #timesNs = new Float64Array(64);
  #oldest = 0;

  /** Departure times never go back. */
  put(slot: number, departNs: number): void {
    if (this.count === this.#slots.length) this.#grow();
    const row = (this.#oldest + this.count) % this.#slots.length;
    this.#slots[row] = slot;
    this.#timesNs[row] = departNs;
    this.count += 1;
  }

  /** When the next one leaves, nanoseconds; Infinity when there is none. */
  nextNs(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : (this.#timesNs[this.#oldest] as number);
  }

  /** Takes the next one's slot. */
  take(): number {
    const slot = this.#slots[this.#oldest] as number;
    this.#oldest = (this.#oldest + 1) % this.#slots.length;
    this.count -= 1;
    return slot;
  }

  #grow(): void {
    const { length } = this.#slots;
    const slots = new Int32Array(length * 2);
    const timesNs = new Float64Array(length * 2);
    for (let k = 0; k < length; k += 1) {
      const row = (this.#oldest + k) % length;
      slots[k] = this.#slots[row] as number;
      timesNs[k] = this.#timesNs[row] as number;
    }
    this.#slots = slots;
    this.#timesNs = timesNs;
    this.#oldest = 0;
  }
}
