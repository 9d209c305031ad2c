/**
 * What is certain of a client's figures while it still receives: numbers below which they cannot end.
 *
 * What is missing may still come. But a datagram that comes after a later one is counted as reordered, so of what was missing
 * some time ago no more can have come than has been reordered since; and what has been missing for longer than anything is
 * under way does not come any more.
 *
 * It reads no clock.
 */
import type { Reading } from '../../src/base/progress.ts';

export interface CertainFigures {
  readonly received: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly reordered: number;
}

export class Certainty {
  readonly #settleMs: number;
  /** Looks that are not old enough yet, the oldest first. */
  readonly #young: { readonly timeMs: number; readonly lostAndReordered: number }[] = [];
  /** The most that was missing or reordered at a look that is old enough. */
  #settled = 0;
  #lost = 0;

  /** @param settleMs after so long nothing that is missing comes any more */
  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  /** @param nowMs by any clock that does not go back */
  look(nowMs: number, { done, counts }: Reading): CertainFigures {
    const { lost = 0, duplicates = 0, reordered = 0 } = counts;
    this.#young.push({ timeMs: nowMs, lostAndReordered: lost + reordered });
    for (;;) {
      const oldest = this.#young[0];
      if (oldest === undefined || oldest.timeMs > nowMs - this.#settleMs) break;
      this.#settled = Math.max(this.#settled, oldest.lostAndReordered);
      this.#young.shift();
    }
    this.#lost = Math.max(this.#lost, this.#settled - reordered);
    return { received: done, lost: this.#lost, duplicates, reordered };
  }
}
