/**
 * Reorder density (RFC 5236): how far each arrival was displaced, lost counts and duplicates removed.
 *
 * Receive indexes are given to unique arrivals in order of arrival and skip lost counts, so the k-th arrival's receive
 * index is the k-th smallest count received, and its displacement is that minus its own count: positive when late,
 * negative when early. A count is known to be received once it is final; the k-th final count is then paired with the
 * k-th arrival, which waits in a ring. Two counts of one window differ by less than the window, and so does every
 * displacement. The ring and the table grow on demand, up to the window.
 */
import { longerRing, ringLength } from '../base/ring.ts';

export class ReorderDensity {
  readonly #size: number;
  #mask: number;
  /** The arrivals without a displacement yet, in order. */
  #waiting: Float64Array;
  /** Displacement + #reach → arrivals. */
  #density: Float64Array;
  /** The largest displacement, in either direction, that fits in the table. */
  #reach: number;
  #arrived = 0;
  #settled = 0;

  /** @param windowCounts a power of two */
  constructor(windowCounts: number) {
    this.#size = windowCounts;
    this.#waiting = new Float64Array(ringLength(1, windowCounts));
    this.#mask = this.#waiting.length - 1;
    this.#reach = ringLength(1, windowCounts);
    this.#density = new Float64Array(2 * this.#reach + 1);
  }

  /** Adds a unique arrival. */
  handleUnique(count: number): void {
    const waiting = this.#arrived - this.#settled;
    if (waiting > this.#mask && waiting < this.#size) this.#growWaiting(waiting + 1);
    this.#waiting[this.#arrived & this.#mask] = count;
    this.#arrived += 1;
  }

  /** Adds the next higher count that is known to be received. */
  handleReceived(count: number): void {
    const displacement = count - (this.#waiting[this.#settled & this.#mask] as number);
    if (Math.abs(displacement) > this.#reach) this.#growDensity(Math.abs(displacement));
    const cell = displacement + this.#reach;
    this.#density[cell] = (this.#density[cell] as number) + 1;
    this.#settled += 1;
  }

  /** Displacement → number of arrivals, in rising order; only displacements that occurred. */
  density(): Map<number, number> {
    const density = new Map<number, number>();
    this.#density.forEach((arrivals, cell) => {
      if (arrivals > 0) density.set(cell - this.#reach, arrivals);
    });
    return density;
  }

  #growWaiting(needed: number): void {
    const length = ringLength(needed, this.#size);
    this.#waiting = longerRing(this.#waiting, length, this.#settled, this.#arrived);
    this.#mask = length - 1;
  }

  #growDensity(needed: number): void {
    const reach = ringLength(needed, this.#size);
    const wider = new Float64Array(2 * reach + 1);
    wider.set(this.#density, reach - this.#reach);
    this.#density = wider;
    this.#reach = reach;
  }
}
