/**
 * A histogram of whole numbers from 0 to 2^53 − 1 with three significant digits, in constant memory. It has the cells
 * of an HdrHistogram of three digits, found with a few integer operations.
 *
 * Cell boundaries: one cell a number below 2048; above that every power of two is cut into 1024 cells, so a cell is
 * never wider than 1/1024 of its numbers. Cells are allocated up to the largest number so far, a power of two of them.
 */
import { GrowingColumn } from '../base/growingColumn.ts';

const HALF = 1024;
const TWO_22 = 2 ** 22;
const TWO_32 = 2 ** 32;

/** The cell of a whole number, 0 .. 2^53 − 1. */
export function cellOf(value: number): number {
  if (value < 2 * HALF) return value;
  let low = value;
  let base = 0;
  if (value >= TWO_32) {
    // Bit operations are limited to 32 bits; the lowest 22 bits of a larger number are far below the width of its cell.
    low = Math.floor(value / TWO_22);
    base = 22 * HALF;
  }
  const shift = 21 - Math.clz32(low);
  return base + shift * HALF + (low >>> shift);
}

/** The middle of a cell: within 1/2048 of every number in it. */
export function middleOf(cell: number): number {
  if (cell < 2 * HALF) return cell;
  const shift = Math.floor(cell / HALF) - 1;
  const width = 2 ** shift;
  return (cell - shift * HALF) * width + (width - 1) / 2;
}

export class Histogram {
  readonly #counts = new GrowingColumn(new Float64Array(0));
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** Adds a whole number, 0 .. 2^53 − 1. */
  record(value: number): void {
    const cell = cellOf(value);
    if (cell >= this.#counts.length) this.#counts.fit(Math.max(cell + 1, 2 * HALF));
    this.#counts.values[cell] = (this.#counts.values[cell] as number) + 1;
    this.#total += 1;
  }

  /** The `rank`-th smallest number, 1 .. total, as the middle of its cell. */
  valueAtRank(rank: number): number {
    let seen = 0;
    const counts = this.#counts.values;
    for (let cell = 0; cell < counts.length; cell += 1) {
      seen += counts[cell] as number;
      if (seen >= rank) return middleOf(cell);
    }
    throw new Error(`rank ${rank} of ${this.#total} numbers`);
  }
}
