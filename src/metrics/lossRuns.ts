/**
 * Loss periods and loss distances (RFC 3357), from losses in rising order of count.
 *
 * A loss period is a maximal run of lost counts. The loss distance of a loss is its count minus the count of the loss
 * before it; the first loss has none. It takes constant memory.
 */

export interface LossPeriodSummary {
  readonly periods: number;
  /** Longest period; 0 without a loss. */
  readonly longest: number;
  /** Null without a loss. */
  readonly lengthMean: number | null;
  /** Null with fewer than two losses. */
  readonly distanceMean: number | null;
}

export class LossPeriods {
  #periods = 0;
  #longest = 0;
  #lost = 0;
  #current = 0;
  #firstLost = Number.NaN;
  #lastLost = Number.NaN;

  /** Adds the loss of counts `first` .. `first + length - 1`, all above the earlier ones. */
  handleLost(first: number, length: number): void {
    if (this.#lost === 0) this.#firstLost = first;
    if (first !== this.#lastLost + 1) {
      this.#periods += 1;
      this.#current = 0;
    }
    this.#current += length;
    if (this.#current > this.#longest) this.#longest = this.#current;
    this.#lost += length;
    this.#lastLost = first + length - 1;
  }

  summary(): LossPeriodSummary {
    const lost = this.#lost;
    return {
      periods: this.#periods,
      longest: this.#longest,
      lengthMean: lost === 0 ? null : lost / this.#periods,
      // The sum of the distances is the distance from the first loss to the last.
      distanceMean: lost < 2 ? null : (this.#lastLost - this.#firstLost) / (lost - 1),
    };
  }
}
