/**
 * Unwraps a sequence number: from header values that wrap to indices that go on rising; it tells jumps from losses.
 *
 * A value of up to 64 bits is two halves of 32, so no BigInt is made per datagram. Jumps follow RFC 3550, appendix A.1: a
 * distant value is accepted when the next one continues it, and a new sequence starts there. It keeps no record of
 * what arrived: it does not tell a repeat from a first arrival.
 */

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

/** `take` returns it for a value that has no index: distant, or off the step. Below every index. */
export const NO_INDEX = Number.NEGATIVE_INFINITY;
/** `take` returns it for the second of two consecutive values that start a sequence elsewhere. Above every index. */
export const STARTS_ANEW = Number.POSITIVE_INFINITY;

/** Maximum number of sequences after one another, or side by side; what would start another one is not followed. */
export const MAX_STREAMS = 64;

const TWO_32 = 2 ** 32;
/** Maximum distance of a value that is not a jump, in indices, if the field is wide enough. */
const MAX_GAP = 65_536;

/** Maximum distance of a value: at most a quarter of the field, or its sign would be ambiguous. */
export const maxGapOf = ({ bits, step }: Pick<SequenceSettings, 'bits' | 'step'>): number =>
  Math.min(MAX_GAP * step, 2 ** (bits - 2));

export class Unwrap {
  /** The highest index so far; 0 before the first. */
  highest = 0;
  readonly #settings: SequenceSettings;
  readonly #maxGap: number;
  #started = false;
  /** The value of the highest index. */
  #high = 0;
  #low = 0;
  /** Whether the last value was distant, so that the next one may continue it. */
  #isJumping = false;
  #jumpHigh = 0;
  #jumpLow = 0;

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

  /** Starts a new sequence: this value has index 1. */
  begin(high: number, low: number): void {
    this.#started = true;
    this.#isJumping = false;
    this.highest = 1;
    this.#high = high;
    this.#low = low;
  }

  /**
   * Takes the next value in order of arrival.
   * @returns its index, 1 for the first, 0 and below for older ones; `NO_INDEX`; or `STARTS_ANEW`: call `begin`, or
   *   ignore it
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
    if (ahead % step !== 0) return NO_INDEX;
    const index = this.highest + ahead / step;
    if (ahead > 0) {
      this.highest = index;
      this.#high = high;
      this.#low = low;
    }
    return index;
  }

  #jump(high: number, low: number): number {
    const continues =
      this.#isJumping && this.#difference(high, low, this.#jumpHigh, this.#jumpLow) === this.#settings.step;
    this.#isJumping = true;
    this.#jumpHigh = high;
    this.#jumpLow = low;
    return continues ? STARTS_ANEW : NO_INDEX;
  }

  /** The signed difference of two values, the shorter way round. */
  #difference(high: number, low: number, fromHigh: number, fromLow: number): number {
    const { bits } = this.#settings;
    if (bits === 64) return ((high - fromHigh) | 0) * TWO_32 + (low - fromLow);
    const size = 2 ** bits;
    const forward = (low - fromLow + size) % size;
    return forward < size / 2 ? forward : forward - size;
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
