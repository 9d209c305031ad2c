/**
 * Reorder density (RFC 5236): how far each arrival was displaced, lost counts and duplicates removed.
 *
 * Receive indexes are given to unique arrivals in order of arrival and skip lost counts, so the k-th arrival's
 * receive index is the k-th smallest count received, and its displacement is that minus its own count: positive
 * when late, negative when early. Which counts are received is known once they are final; the k-th final one meets
 * the k-th arrival, which waits in a ring. Two counts of one window differ by less than the window, and so
 * does every displacement.
 */

export class ReorderDensity {
  readonly #mask: number;
  /** Arrivals in order, from the oldest without a displacement on. */
  readonly #waiting: Float64Array;
  /** Displacement + windowCounts → arrivals. */
  readonly #density: Float64Array;
  #arrived = 0;
  #settled = 0;

  /** @param windowCounts a power of two */
  constructor(windowCounts: number) {
    this.#mask = windowCounts - 1;
    this.#waiting = new Float64Array(windowCounts);
    this.#density = new Float64Array(2 * windowCounts + 1);
  }

  /** Takes a unique arrival. */
  handleUnique(count: number): void {
    this.#waiting[this.#arrived & this.#mask] = count;
    this.#arrived += 1;
  }

  /** Takes the next higher count that is known to be received. */
  handleReceived(count: number): void {
    const displacement = count - (this.#waiting[this.#settled & this.#mask] as number);
    const cell = displacement + this.#mask + 1;
    this.#density[cell] = (this.#density[cell] as number) + 1;
    this.#settled += 1;
  }

  /** Displacement → how many arrivals, displacements rising; only those that occurred. */
  density(): Map<number, number> {
    const windowCounts = this.#mask + 1;
    const density = new Map<number, number>();
    this.#density.forEach((arrivals, cell) => {
      if (arrivals > 0) density.set(cell - windowCounts, arrivals);
    });
    return density;
  }
}
