/**
 * Bursts and gaps (RFC 3611, section 4.7.2, by the rules of its text), from losses in rising order of count.
 *
 * Losses with fewer than Gmin arrivals between neighbours form a cluster. A cluster of two or more losses is a burst,
 * from its first loss to its last. Everything outside bursts, isolated losses included, belongs to the gaps; the
 * stream's edges count as Gmin arrivals. The algorithm of the RFC's appendix is not used, because it only estimates.
 */

/** This many consecutive arrivals end a burst: the RFC's recommended Gmin. */
const GMIN = 16;

export interface BurstSummary {
  readonly bursts: number;
  /** Share of counts inside bursts that were lost; null without a burst. */
  readonly burstDensityRatio: number | null;
  /** Share of counts inside gaps that were lost; null without a gap. */
  readonly gapDensityRatio: number | null;
  /** In counts; null without a burst. */
  readonly burstLengthMean: number | null;
  /** In counts; null without a gap. */
  readonly gapLengthMean: number | null;
}

export class BurstsAndGaps {
  #lost = 0;
  #bursts = 0;
  #burstCounts = 0;
  #burstLost = 0;
  #firstBurstStart = Number.NaN;
  #lastBurstEnd = Number.NaN;
  #clusterStart = Number.NaN;
  #clusterLost = 0;
  #lastLost = Number.NEGATIVE_INFINITY;

  /** Adds the loss of counts `first` .. `first + length - 1`, all above the earlier ones. */
  handleLost(first: number, length: number): void {
    if (first - this.#lastLost - 1 >= GMIN) {
      this.#clusterStart = first;
      this.#clusterLost = 0;
    }
    const lastLost = first + length - 1;
    const clusterLost = this.#clusterLost + length;
    if (clusterLost >= 2) {
      // The cluster becomes a burst with its second loss, and grows with each further one.
      if (this.#clusterLost < 2) {
        this.#bursts += 1;
        this.#burstCounts += lastLost - this.#clusterStart + 1;
        this.#burstLost += clusterLost;
        if (this.#bursts === 1) this.#firstBurstStart = this.#clusterStart;
      } else {
        this.#burstCounts += lastLost - this.#lastLost;
        this.#burstLost += length;
      }
      this.#lastBurstEnd = lastLost;
    }
    this.#clusterLost = clusterLost;
    this.#lost += length;
    this.#lastLost = lastLost;
  }

  /** For a stream of `counts` counts from `first` on. */
  summary(first: number, counts: number): BurstSummary {
    const bursts = this.#bursts;
    const gapCounts = counts - this.#burstCounts;
    const gaps =
      bursts === 0
        ? Number(counts > 0)
        : bursts -
          1 +
          Number(this.#firstBurstStart > first) +
          Number(this.#lastBurstEnd < first + counts - 1);
    return {
      bursts,
      burstDensityRatio: bursts === 0 ? null : this.#burstLost / this.#burstCounts,
      gapDensityRatio: gapCounts === 0 ? null : (this.#lost - this.#burstLost) / gapCounts,
      burstLengthMean: bursts === 0 ? null : this.#burstCounts / bursts,
      gapLengthMean: gaps === 0 ? null : gapCounts / gaps,
    };
  }
}
