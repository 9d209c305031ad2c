/**
 * One sequence number of a flow: its index by the rule of `Unwrap`, and whether it is the first datagram with it or a
 * repeat.
 */
import { longerRing, ringLength } from '../../src/base/ring.ts';
import { STARTS_ANEW, Unwrap } from '../../src/metrics/unwrap.ts';
import type { SequenceSettings } from '../../src/metrics/unwrap.ts';
import { REPEAT_WINDOW, UNINDEXED } from './indexReader.ts';

const FIRST_RING = 1024;
const MAX_REPEAT = 0xffff;

export class Sequence {
  /** 1 if the last value taken was the first with its index, else the number of the repeat. */
  repeat = 1;
  readonly #unwrap: Unwrap;
  /** Number of datagrams with each of the last indices, by index modulo the length, a power of two. */
  #seen = new Uint16Array(FIRST_RING);

  constructor(settings: SequenceSettings) {
    this.#unwrap = new Unwrap(settings);
  }

  /** Starts a new sequence: this value has index 1. */
  begin(high: number, low: number): void {
    this.#unwrap.begin(high, low);
    this.#seen.fill(0);
    this.#seen[1] = 1;
    this.repeat = 1;
  }

  /**
   * Takes the next value in order of arrival.
   * @returns its index; `UNINDEXED` for a value off the step, older than the first or than known repeats, or distant;
   *   `STARTS_ANEW` for one that continues a distant value: call `begin`, or ignore it
   */
  take(high: number, low: number): number {
    const { highest } = this.#unwrap;
    const index = this.#unwrap.take(high, low);
    if (index === STARTS_ANEW) return index;
    if (index < 1) return UNINDEXED;
    if (index > highest) this.#advance(index, highest);
    return this.#note(index);
  }

  /** Makes room for a new highest index: those in between have not been seen. */
  #advance(index: number, highest: number): void {
    // While the ring is below its full length, no index has been overwritten.
    if (index >= this.#seen.length && this.#seen.length < REPEAT_WINDOW)
      this.#seen = longerRing(this.#seen, ringLength(index + 1, REPEAT_WINDOW), 0, highest + 1);
    const { length } = this.#seen;
    if (index - highest >= length) this.#seen.fill(0);
    else for (let at = highest + 1; at <= index; at += 1) this.#seen[at & (length - 1)] = 0;
  }

  #note(index: number): number {
    if (this.#unwrap.highest - index >= this.#seen.length) return UNINDEXED;
    const place = index & (this.#seen.length - 1);
    const repeat = (this.#seen[place] as number) + 1;
    if (repeat > MAX_REPEAT) return UNINDEXED;
    this.#seen[place] = repeat;
    this.repeat = repeat;
    return index;
  }
}
