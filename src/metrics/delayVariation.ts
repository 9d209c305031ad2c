/**
 * Delay variation between neighbours (RFC 5481, IPDV): the delay of a count minus the delay of the count before it, where
 * both arrived.
 *
 * Neighbours are so by count, not by order of arrival. A pair is complete when both counts are final, and those are told in
 * rising order, so only the delays of open counts are kept. The ring grows on demand, up to the window.
 */
import { longerRing, ringLength } from '../base/ring.ts';
import { DelayRecorder } from './delays.ts';
import type { DelaySummary } from './delays.ts';

export class DelayVariation {
  /** Pairs of neighbours that arrived, with sending times or without. */
  pairs = 0;
  readonly #size: number;
  /** Count & mask → its delay, nanoseconds, NaN if unknown; null before the first known one. */
  #delaysNs: Float64Array | null = null;
  #mask = 0;
  /** The lowest and the highest unique count so far. */
  #lowest = Number.POSITIVE_INFINITY;
  #highest = Number.NEGATIVE_INFINITY;
  /** The last count that became final as received, and its delay. */
  #previous = Number.NaN;
  #previousNs = Number.NaN;
  #recorder: DelayRecorder | null = null;

  /** @param windowCounts a power of two */
  constructor(windowCounts: number) {
    this.#size = windowCounts;
  }

  /** Adds a unique arrival; its delay is NaN if unknown. */
  handleUnique(count: number, delayNs: number): void {
    const lowest = Math.min(count, this.#lowest);
    const highest = Math.max(count, this.#highest);
    const delaysNs = this.#delaysNs;
    if (delaysNs === null) {
      if (!Number.isNaN(delayNs)) this.#open(highest - lowest + 1);
    } else if (highest - lowest >= delaysNs.length && delaysNs.length < this.#size) {
      const length = ringLength(highest - lowest + 1, this.#size);
      this.#delaysNs = longerRing(delaysNs, length, this.#lowest, this.#highest + 1);
      this.#mask = length - 1;
    }
    this.#lowest = lowest;
    this.#highest = highest;
    if (this.#delaysNs !== null) this.#delaysNs[count & this.#mask] = delayNs;
  }

  /** Adds the next higher count that is known to be received. */
  handleReceived(count: number): void {
    const delayNs = this.#delaysNs === null ? Number.NaN : (this.#delaysNs[count & this.#mask] as number);
    if (count === this.#previous + 1) {
      this.pairs += 1;
      const variationNs = delayNs - this.#previousNs;
      if (!Number.isNaN(variationNs)) {
        // It lies about 0, so that is where a histogram is finest.
        this.#recorder ??= new DelayRecorder(0);
        this.#recorder.record(variationNs);
      }
    }
    this.#previous = count;
    this.#previousNs = delayNs;
  }

  /** What comes next is of another sequence: its first count has no neighbour in the one before. */
  handleRestart(): void {
    this.#previous = Number.NaN;
  }

  /** Null before the first pair with known delays. */
  summary(): DelaySummary | null {
    return this.#recorder?.summary() ?? null;
  }

  #open(counts: number): void {
    const length = ringLength(counts, this.#size);
    this.#delaysNs = new Float64Array(length).fill(Number.NaN);
    this.#mask = length - 1;
  }
}
