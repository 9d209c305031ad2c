/**
 * One sequence number, unwrapped: from header values that wrap to rising indices; it distinguishes losses from jumps, and
 * repeats from first datagrams.
 *
 * A value of up to 64 bits is two halves of 32, so no BigInt is made per datagram. Jumps follow RFC 3550, appendix A.1: a
 * distant value is accepted when the next one continues it, and a new sequence starts there.
 */
import { longerRing, ringLength } from '../../src/base/ring.ts';
import { REPEAT_WINDOW, UNINDEXED } from './indexReader.ts';

/** Bits of a sequence number. */
export type SequenceBits = 8 | 16 | 24 | 32 | 64;

/** A value as two unsigned halves; `high` is 0 up to 32 bits. */
export interface SequenceValue {
  readonly high: number;
  readonly low: number;
}

export interface SequenceSettings {
  readonly bits: SequenceBits;
  /** Increase of the value from one datagram to the next, 1 or more. */
  readonly step: number;
  /** The value of index 1; null: the first value seen. */
  readonly firstValue: SequenceValue | null;
}

/** `take` returns it for the second of two consecutive values that start a sequence elsewhere. */
export const STARTS_ANEW = -2;

const TWO_32 = 2 ** 32;
/** Maximum distance of a value that is not a jump, in indices, if the field is wide enough. */
const MAX_GAP = 65_536;
const FIRST_RING = 1024;
const MAX_REPEAT = 0xffff;

/** Maximum distance of a value: at most a quarter of the field, or its sign would be ambiguous. */
export const maxGapOf = ({ bits, step }: Pick<SequenceSettings, 'bits' | 'step'>): number =>
  Math.min(MAX_GAP * step, 2 ** (bits - 2));

export class Sequence {
  /** 1 if the last value taken was the first with its index, else the number of the repeat. */
  repeat = 1;
  readonly #settings: SequenceSettings;
  readonly #maxGap: number;
  #started = false;
  /** The highest index so far, and its value. */
  #highest = 0;
  #high = 0;
  #low = 0;
  /** Whether the last value was distant, so that the next one may continue it. */
  #isJumping = false;
  #jumpHigh = 0;
  #jumpLow = 0;
  /** Number of datagrams with each of the last indices, by index modulo the length, a power of two. */
  #seen = new Uint16Array(FIRST_RING);

  constructor(settings: SequenceSettings) {
    this.#settings = settings;
    this.#maxGap = maxGapOf(settings);
    const { firstValue } = settings;
    if (firstValue === null) return;
    // The highest so far is the value before the first, with index 0.
    const before = minus(settings.bits, firstValue, settings.step);
    this.#started = true;
    this.#high = before.high;
    this.#low = before.low;
  }

  /** Whether a value was taken, or the first one is known. */
  get started(): boolean {
    return this.#started;
  }

  /** Starts a new sequence: this value has index 1. */
  begin(high: number, low: number): void {
    this.#started = true;
    this.#isJumping = false;
    this.#highest = 1;
    this.#high = high;
    this.#low = low;
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
    if (!this.#started) {
      this.begin(high, low);
      return 1;
    }
    const { step } = this.#settings;
    const ahead = this.#difference(high, low, this.#high, this.#low);
    if (Math.abs(ahead) > this.#maxGap) return this.#jump(high, low);
    this.#isJumping = false;
    if (ahead % step !== 0) return UNINDEXED;
    const index = this.#highest + ahead / step;
    if (index < 1) return UNINDEXED;
    if (ahead > 0) {
      this.#advance(index);
      this.#high = high;
      this.#low = low;
    }
    return this.#note(index);
  }

  #jump(high: number, low: number): number {
    const continues =
      this.#isJumping && this.#difference(high, low, this.#jumpHigh, this.#jumpLow) === this.#settings.step;
    this.#isJumping = true;
    this.#jumpHigh = high;
    this.#jumpLow = low;
    return continues ? STARTS_ANEW : UNINDEXED;
  }

  /** The signed difference of two values, the shorter way round. */
  #difference(high: number, low: number, fromHigh: number, fromLow: number): number {
    const { bits } = this.#settings;
    if (bits === 64) return ((high - fromHigh) | 0) * TWO_32 + (low - fromLow);
    const size = 2 ** bits;
    const forward = (low - fromLow + size) % size;
    return forward < size / 2 ? forward : forward - size;
  }

  /** Makes room for a new highest index: those in between have not been seen. */
  #advance(index: number): void {
    // While the ring is below its full length, no index has been overwritten.
    if (index >= this.#seen.length && this.#seen.length < REPEAT_WINDOW)
      this.#seen = longerRing(this.#seen, ringLength(index + 1, REPEAT_WINDOW), 0, this.#highest + 1);
    const { length } = this.#seen;
    if (index - this.#highest >= length) this.#seen.fill(0);
    else for (let at = this.#highest + 1; at <= index; at += 1) this.#seen[at & (length - 1)] = 0;
    this.#highest = index;
  }

  #note(index: number): number {
    if (this.#highest - index >= this.#seen.length) return UNINDEXED;
    const place = index & (this.#seen.length - 1);
    const repeat = (this.#seen[place] as number) + 1;
    if (repeat > MAX_REPEAT) return UNINDEXED;
    this.#seen[place] = repeat;
    this.repeat = repeat;
    return index;
  }
}

function minus(bits: SequenceBits, { high, low }: SequenceValue, step: number): SequenceValue {
  if (bits !== 64) return { high: 0, low: (low - step + 2 ** bits) % 2 ** bits };
  const isBorrowed = low < step;
  return {
    high: isBorrowed ? (high - 1 + TWO_32) % TWO_32 : high,
    low: isBorrowed ? low - step + TWO_32 : low - step,
  };
}
