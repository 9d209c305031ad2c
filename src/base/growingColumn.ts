/**
 * A column of numbers that grows: a typed array that is replaced by one twice as long whenever it is too short.
 *
 * It allocates only when it grows. It does not know how many of its rows are used, and never gives memory back.
 */

export type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** What a column that starts with nothing has at its first growth. */
const FIRST_LENGTH = 16;

export class GrowingColumn<Values extends Numbers> {
  /** Row → number. It is another array after `fit` had to grow: do not keep it. */
  values: Values;
  /** How many rows there are. */
  length: number;
  readonly #absent: number;

  /**
   * @param first the array to begin with, of any length
   * @param absent what a new row has until it is written
   */
  constructor(first: Values, absent = 0) {
    this.values = absent === 0 ? first : (first.fill(absent) as Values);
    this.length = first.length;
    this.#absent = absent;
  }

  /** Makes sure that there are at least so many rows; those there were keep their numbers. */
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
