/**
 * What is certain of a client's figures while it still receives: numbers below which they cannot end.
 *
 * What is missing may still come. But a datagram that comes after a later one is counted as reordered, so of what was missing
 * some time ago no more can have come than has been reordered since; and what has been missing for longer than anything is
 * under way does not come any more. Only time in which the client receives is counted: one that stands still, or whose proxy
 * does, has all that is under way before it.
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

/** Of a longer time between two looks it is not known when in it something was received. */
const LONGEST_MS = 1000;

export class Certainty {
  readonly #settleMs: number;
  /** Time that has passed while it received. */
  #timeMs = 0;
  #lastLookMs: number | null = null;
  #received = 0;
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
    if (done > this.#received) this.#timeMs += Math.min(nowMs - (this.#lastLookMs ?? nowMs), LONGEST_MS);
    this.#lastLookMs = nowMs;
    this.#received = done;
    this.#young.push({ timeMs: this.#timeMs, lostAndReordered: lost + reordered });
    for (;;) {
      const oldest = this.#young[0];
      if (oldest === undefined || oldest.timeMs > this.#timeMs - this.#settleMs) break;
      this.#settled = Math.max(this.#settled, oldest.lostAndReordered);
      this.#young.shift();
    }
    this.#lost = Math.max(this.#lost, this.#settled - reordered);
    return { received: done, lost: this.#lost, duplicates, reordered };
  }
}
