/**
 * One-way delays and their variation (RFC 5481, PDV: delay − smallest delay), in constant memory.
 *
 * The clocks of sender and receiver may differ by any constant, so a delay may be negative or huge; only differences of
 * delays matter. Delays are therefore counted by their distance from a reference, the smallest of the first 1024 or a given
 * one, in one histogram above and one below it. Smallest and largest are exact. Percentiles are by nearest rank: exact up to
 * 1024 delays, then with an error of at most 0.05 % of the distance from the reference plus half a nanosecond. Every
 * delay is counted and none allocates.
 */
import { Histogram } from './histogram.ts';

/** Number of delays that are kept exactly, to find a reference near the smallest. */
const EXACT_DELAYS = 1024;

/**
 * Nanoseconds. Percentiles are by nearest rank: the smallest delay that is not exceeded by that share of the delays.
 */
export interface DelaySummary {
  readonly minNs: number;
  readonly p50Ns: number;
  readonly p95Ns: number;
  readonly p99Ns: number;
  readonly p999Ns: number;
  readonly maxNs: number;
}

export class DelayRecorder {
  readonly #exact = new Float64Array(EXACT_DELAYS);
  readonly #above = new Histogram();
  readonly #below = new Histogram();
  readonly #givenReferenceNs: number | null;
  #recorded = 0;
  #referenceNs = 0;
  #minNs = Number.POSITIVE_INFINITY;
  #maxNs = Number.NEGATIVE_INFINITY;

  /** @param referenceNs near which percentiles are finest; null: the smallest of the first 1024 */
  constructor(referenceNs: number | null = null) {
    this.#givenReferenceNs = referenceNs;
  }

  /** Adds one delay, nanoseconds, of either sign, finite. */
  record(delayNs: number): void {
    if (delayNs < this.#minNs) this.#minNs = delayNs;
    if (delayNs > this.#maxNs) this.#maxNs = delayNs;
    const recorded = this.#recorded;
    this.#recorded = recorded + 1;
    if (recorded >= EXACT_DELAYS) {
      this.#count(delayNs);
      return;
    }
    this.#exact[recorded] = delayNs;
    if (recorded + 1 === EXACT_DELAYS) {
      this.#referenceNs = this.#givenReferenceNs ?? this.#minNs;
      for (const earlierNs of this.#exact) this.#count(earlierNs);
    }
  }

  /** Null before the first delay. */
  summary(): DelaySummary | null {
    if (this.#recorded === 0) return null;
    const valueAtRank = this.#ranking();
    const percentile = (perMille: number): number =>
      valueAtRank(Math.max(1, Math.ceil((perMille * this.#recorded) / 1000)));
    return {
      minNs: this.#minNs,
      p50Ns: percentile(500),
      p95Ns: percentile(950),
      p99Ns: percentile(990),
      p999Ns: percentile(999),
      maxNs: this.#maxNs,
    };
  }

  #count(delayNs: number): void {
    const distanceNs = delayNs - this.#referenceNs;
    if (distanceNs >= 0) this.#above.record(Math.floor(distanceNs + 0.5));
    else this.#below.record(Math.floor(0.5 - distanceNs));
  }

  /** A function from rank (1 .. number of delays) to delay. */
  #ranking(): (rank: number) => number {
    if (this.#recorded <= EXACT_DELAYS) {
      const sorted = this.#exact.subarray(0, this.#recorded).toSorted();
      return (rank) => sorted[rank - 1] as number;
    }
    const below = this.#below.total;
    return (rank) => {
      const distanceNs =
        rank <= below ? -this.#below.valueAtRank(below - rank + 1) : this.#above.valueAtRank(rank - below);
      return Math.min(this.#maxNs, Math.max(this.#minNs, this.#referenceNs + distanceNs));
    };
  }
}
