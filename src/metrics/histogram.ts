/**
 * A histogram of whole numbers from 0 to 2^53 − 1 with three significant digits, in constant memory. It has the cells
 * of an HdrHistogram of three digits, found with a few integer operations.
 *
 * Cell boundaries: one cell a number below 2048; above that every power of two is cut into 1024 cells, so a cell is
 * never wider than 1/1024 of its numbers. Cells are allocated up to the largest number so far, a power of two of them.
 * A coarser histogram has fewer cells a power of two.
 */
import { GrowingColumn } from '../base/growingColumn.ts';

/** Cells of a power of two for three digits: itself a power of two. */
const HALF = 1024;
const TWO_22 = 2 ** 22;
const TWO_32 = 2 ** 32;

/** The cell of a whole number, 0 .. 2^53 − 1. @param half cells of a power of two, a power of two up to 1024 */
export function coarseCellOf(value: number, half: number): number {
  if (value < 2 * half) return value;
  let low = value;
  let base = 0;
  if (value >= TWO_32) {
    // Bit operations are limited to 32 bits; the lowest 22 bits of a larger number are far below the width of its cell.
    low = Math.floor(value / TWO_22);
    base = 22 * half;
  }
  const shift = Math.clz32(half) - Math.clz32(low);
  return base + shift * half + (low >>> shift);
}

/** The cell of a whole number, for three digits. */
export const cellOf = (value: number): number => coarseCellOf(value, HALF);

/** The middle of a cell: within 1/(2 × half) of every number in it. */
export function coarseMiddleOf(cell: number, half: number): number {
  if (cell < 2 * half) return cell;
  const shift = Math.floor(cell / half) - 1;
  const width = 2 ** shift;
  return (cell - shift * half) * width + (width - 1) / 2;
}

/** The same for three digits: within 1/2048. */
export const middleOf = (cell: number): number => coarseMiddleOf(cell, HALF);

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
