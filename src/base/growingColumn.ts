/**
 * A growing column of numbers: a typed array that is replaced by one twice as long when it is full.
 *
 * It allocates only when it grows. It does not track how many rows are used, and never shrinks.
 */

export type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** Smallest length after the first growth. */
const FIRST_LENGTH = 16;

export class GrowingColumn<Values extends Numbers> {
  /** Row → number. `fit` may replace the array: do not keep a reference. */
  values: Values;
  /** Number of rows. */
  length: number;
  readonly #absent: number;

  /**
   * @param first the first array, of any length
   * @param absent the value of a row until it is written
   */
  constructor(first: Values, absent = 0) {
    this.values = absent === 0 ? first : (first.fill(absent) as Values);
    this.length = first.length;
    this.#absent = absent;
  }

  /** Grows to at least this many rows; existing rows keep their numbers. */
  fit(length: number): void {
    if (length <= this.length) return;
    let longer = Math.max(this.length, FIRST_LENGTH);
    while (longer < length) longer *= 2;
    const Kind = this.values.constructor as new (length: number) => Values;
    const values = new Kind(longer);
    values.set(this.values);
    if (this.#absent !== 0) values.fill(this.#absent, this.length);
    this.values = values;
    this.length = longer;
  }
}
