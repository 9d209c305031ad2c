/**
 * The rate of the last seconds, from counts that are read now and then.
 */

/** Rates are of the last so many milliseconds. */
const WINDOW_MS = 5000;

/** A rate over less time says little. */
const MIN_SPAN_MS = 200;

export class RecentRate {
  #samples: { readonly atMs: number; readonly count: number }[] = [];
  #of = '';

  /**
   * A millisecond; null until there are two readings with some time between them.
   * @param of what is counted: with another text it begins anew
   */
  perMs(of: string, atMs: number, count: number): number | null {
    if (this.#of !== of) this.#samples = [];
    this.#of = of;
    this.#samples.push({ atMs, count });
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? 0) <= atMs - WINDOW_MS)
      this.#samples.shift();
    const first = this.#samples[0];
    if (first === undefined || atMs < first.atMs + MIN_SPAN_MS) return null;
    return Math.max(0, count - first.count) / (atMs - first.atMs);
  }
}
