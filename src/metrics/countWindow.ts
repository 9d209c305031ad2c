/**
 * Classifies arrivals as first, duplicate, late or outside the stream, and determines the lost counts.
 *
 * The window covers the `windowCounts` counts up to the highest that has arrived. A count is open while it is in the
 * window; once the window slides past it, or the stream is finished, its fate is final: received or lost. Final counts
 * are reported once each, in rising order, lost ones as ranges, so that a jump of the count costs at most one window of
 * work however large it is. It keeps neither times nor the order of arrival. Its memory grows with the stream, up to
 * the size of the window.
 */
import { longerRing, ringLength } from '../base/ring.ts';

/** Default size of the window, in counts. */
export const DEFAULT_WINDOW_COUNTS = 65_536;
/** Largest window: 2^24 counts are about half a gibibyte. */
export const MAX_WINDOW_COUNTS = 2 ** 24;

/** The class of an arrival. Numbers, because one is returned for every datagram. */
export const ARRIVAL = { beforeFirst: 0, outsideWindow: 1, duplicate: 2, late: 3, advance: 4 } as const;
export type Arrival = (typeof ARRIVAL)[keyof typeof ARRIVAL];

/** Receives the final fate of every count, in rising order. */
export interface FinalCounts {
  /** Counts `first` .. `first + length - 1` are lost. */
  handleLost(first: number, length: number): void;
  /** This count was received. */
  handleReceived(count: number): void;
}

const MISSING = 0;
const RECEIVED = 1;
const REPLICATED = 2;

export class CountWindow {
  unique = 0;
  duplicates = 0;
  replicated = 0;
  outsideWindow = 0;
  beforeFirst = 0;

  readonly #size: number;
  #mask: number;
  /** Count & mask → its state, for counts in the window. */
  #states: Uint8Array;
  readonly #final: FinalCounts;
  #first = Number.NaN;
  #highest = Number.NaN;
  /** The lowest count whose fate is open. */
  #nextFinal = Number.NaN;

  /** @param windowCounts a power of two */
  constructor(firstCount: number | null, windowCounts: number, final: FinalCounts) {
    this.#size = windowCounts;
    this.#states = new Uint8Array(ringLength(1, windowCounts));
    this.#mask = this.#states.length - 1;
    this.#final = final;
    if (firstCount !== null) this.#open(firstCount);
  }

  /** First count of the stream for this receiver; NaN until known. */
  get first(): number {
    return this.#first;
  }

  /** Highest count that arrived or is known to exist; `first - 1` when none; NaN until `first` is known. */
  get highest(): number {
    return this.#highest;
  }

  /** Number of counts, from `first` on, with a final fate. */
  get finalCounts(): number {
    return Number.isNaN(this.#first) ? 0 : this.#nextFinal - this.#first;
  }

  /** Classifies one arrival. `count` is a safe integer. */
  handleArrival(count: number): Arrival {
    if (count > this.#highest) {
      this.#advance(count);
      this.unique += 1;
      return ARRIVAL.advance;
    }
    if (Number.isNaN(this.#first)) {
      this.#open(count);
      return this.handleArrival(count);
    }
    if (count < this.#first) {
      this.beforeFirst += 1;
      return ARRIVAL.beforeFirst;
    }
    if (count <= this.#highest - this.#size) {
      this.outsideWindow += 1;
      return ARRIVAL.outsideWindow;
    }
    const slot = count & this.#mask;
    const state = this.#states[slot] as number;
    if (state === MISSING) {
      this.#states[slot] = RECEIVED;
      this.unique += 1;
      return ARRIVAL.late;
    }
    this.duplicates += 1;
    if (state === RECEIVED) {
      this.#states[slot] = REPLICATED;
      this.replicated += 1;
    }
    return ARRIVAL.duplicate;
  }

  /** Settles every count up to `lastCount`, or up to the highest that arrived if that is higher. */
  finish(lastCount: number | null): void {
    if (Number.isNaN(this.#first)) return;
    const last = lastCount === null ? this.#highest : Math.max(lastCount, this.#highest);
    this.#settleBelow(last + 1);
    this.#highest = last;
  }

  #open(firstCount: number): void {
    this.#first = firstCount;
    this.#highest = firstCount - 1;
    this.#nextFinal = firstCount;
  }

  /** Slides the window up to a new highest count, which has just arrived. */
  #advance(count: number): void {
    const bottom = count - this.#size + 1;
    const highest = this.#highest;
    const counts = count - this.#first + 1;
    if (counts > this.#states.length && this.#states.length < this.#size) this.#grow(counts);
    if (bottom > this.#nextFinal) this.#settleBelow(bottom);
    // A slot is cleared when a new count takes it, so a jump clears at most the whole ring.
    const states = this.#states;
    const mask = this.#mask;
    for (let c = Math.max(highest + 1, bottom); c < count; c += 1) states[c & mask] = MISSING;
    states[count & mask] = RECEIVED;
    this.#highest = count;
  }

  #grow(counts: number): void {
    const length = ringLength(counts, this.#size);
    this.#states = longerRing(this.#states, length, this.#first, this.#highest + 1);
    this.#mask = length - 1;
  }

  /** Makes every open count below `end` final. Counts above the highest never arrived: one range. */
  #settleBelow(end: number): void {
    this.#settleKnown(Math.min(end, this.#highest + 1));
    const next = this.#nextFinal;
    if (next >= end) return;
    this.#final.handleLost(next, end - next);
    this.#nextFinal = end;
  }

  #settleKnown(end: number): void {
    const states = this.#states;
    const mask = this.#mask;
    let c = this.#nextFinal;
    for (; c < end; c += 1) {
      if (states[c & mask] === MISSING) this.#final.handleLost(c, 1);
      else this.#final.handleReceived(c);
    }
    this.#nextFinal = c;
  }
}
