/**
 * Reordering by RFC 4737: reordered arrivals (section 3), their extent (4.2), late-time offset (4.3) and n-reordering
 * (5). Positions are positions among unique arrivals.
 *
 * An arrival is reordered when a greater count arrived before it. For every skipped count, two rings hold position and
 * time of the arrival that skipped it. That is the earliest arrival with a greater count, so the extent of a late
 * arrival is found in one step. Duplicates must not be passed in. The rings grow with the stream, up to the window.
 */
import { longerRing, ringLength } from '../base/ring.ts';

export interface ReorderingSummary {
  readonly reordered: number;
  /** Largest extent, in unique arrivals; 0 when nothing was reordered. */
  readonly extentMax: number;
  /** Null when nothing was reordered. */
  readonly extentMean: number | null;
  /** Nanoseconds; null when nothing was reordered. */
  readonly lateOffsetMaxNs: number | null;
  /** Arrivals right after at least 1, 2, 3 arrivals with greater counts. */
  readonly nReordering: readonly [number, number, number];
}

export class Reordering {
  readonly #size: number;
  #mask: number;
  /** Skipped count & mask → position of the arrival that skipped it. */
  #skippedAt: Float64Array;
  /** Skipped count & mask → time of that arrival, nanoseconds. */
  #skippedNs: Float64Array;
  /** The lowest possible count; NaN before the first arrival. */
  #first = Number.NaN;
  /** Unique arrivals so far: the position of the next. */
  #position = 0;
  #reordered = 0;
  #extentMax = 0;
  #extentSum = 0;
  #lateOffsetMaxNs = Number.NEGATIVE_INFINITY;
  // The last three unique counts, newest first. Comparisons with NaN are false, so a missing one never matches.
  #back1 = Number.NaN;
  #back2 = Number.NaN;
  #back3 = Number.NaN;
  #n1 = 0;
  #n2 = 0;
  #n3 = 0;

  /** @param windowCounts a power of two */
  constructor(windowCounts: number) {
    this.#size = windowCounts;
    this.#skippedAt = new Float64Array(ringLength(1, windowCounts));
    this.#skippedNs = new Float64Array(this.#skippedAt.length);
    this.#mask = this.#skippedAt.length - 1;
  }

  /**
   * Adds an arrival with a new highest count. `previousHighest` is the highest count before it, or the count before the
   * first promised one; NaN for the first arrival of a stream without a promise, which skips nothing.
   */
  handleAdvance(previousHighest: number, count: number, arrivalNs: number): void {
    if (Number.isNaN(this.#first)) this.#first = Number.isNaN(previousHighest) ? count : previousHighest + 1;
    const counts = count - this.#first + 1;
    if (counts > this.#skippedAt.length && this.#skippedAt.length < this.#size)
      this.#grow(counts, previousHighest);
    for (let c = Math.max(previousHighest + 1, count - this.#size + 1); c < count; c += 1) {
      this.#skippedAt[c & this.#mask] = this.#position;
      this.#skippedNs[c & this.#mask] = arrivalNs;
    }
    this.#remember(count);
  }

  /** Adds a first arrival of a count in the window below the highest. */
  handleLate(count: number, arrivalNs: number): void {
    const slot = count & this.#mask;
    const extent = this.#position - (this.#skippedAt[slot] as number);
    const lateOffsetNs = arrivalNs - (this.#skippedNs[slot] as number);
    this.#reordered += 1;
    this.#extentSum += extent;
    if (extent > this.#extentMax) this.#extentMax = extent;
    if (lateOffsetNs > this.#lateOffsetMaxNs) this.#lateOffsetMaxNs = lateOffsetNs;
    if (this.#back1 > count) {
      this.#n1 += 1;
      if (this.#back2 > count) {
        this.#n2 += 1;
        if (this.#back3 > count) this.#n3 += 1;
      }
    }
    this.#remember(count);
  }

  summary(): ReorderingSummary {
    const reordered = this.#reordered;
    return {
      reordered,
      extentMax: this.#extentMax,
      extentMean: reordered === 0 ? null : this.#extentSum / reordered,
      lateOffsetMaxNs: reordered === 0 ? null : this.#lateOffsetMaxNs,
      nReordering: [this.#n1, this.#n2, this.#n3],
    };
  }

  #grow(counts: number, highest: number): void {
    const length = ringLength(counts, this.#size);
    this.#skippedAt = longerRing(this.#skippedAt, length, this.#first, highest + 1);
    this.#skippedNs = longerRing(this.#skippedNs, length, this.#first, highest + 1);
    this.#mask = length - 1;
  }

  #remember(count: number): void {
    this.#back3 = this.#back2;
    this.#back2 = this.#back1;
    this.#back1 = count;
    this.#position += 1;
  }
}
