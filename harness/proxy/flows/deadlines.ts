/**
 * The first of many deadlines: a binary heap of slots, small whole numbers that the caller chooses.
 *
 * Setting, moving or removing one takes time in proportion to the logarithm of their number, and allocates nothing. The
 * order of equal ones is arbitrary.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';

const FIRST_LENGTH = 16;
const NONE = -1;

export class Deadlines {
  /** Number of slots with a deadline. */
  count = 0;
  // Row → slot and deadline; row 0 is the first.
  readonly #slots = new GrowingColumn(new Int32Array(FIRST_LENGTH));
  readonly #timesNs = new GrowingColumn(new Float64Array(FIRST_LENGTH));
  /** Slot → its row; −1 without a deadline. */
  readonly #rows = new GrowingColumn(new Int32Array(FIRST_LENGTH), NONE);

  /** The slot with the first deadline; −1 if there is none. */
  get firstSlot(): number {
    return this.count === 0 ? NONE : (this.#slots.values[0] as number);
  }

  /** The first deadline, nanoseconds; Infinity if there is none. */
  get firstNs(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : (this.#timesNs.values[0] as number);
  }

  /** Sets or moves the deadline of a slot. @param timeNs Infinity for none */
  set(slot: number, timeNs: number): void {
    this.#rows.fit(slot + 1);
    const row = this.#rows.values[slot] as number;
    if (timeNs === Number.POSITIVE_INFINITY) {
      if (row !== NONE) this.#remove(row);
    } else if (row !== NONE) this.#move(row, slot, timeNs);
    else {
      this.count += 1;
      this.#slots.fit(this.count);
      this.#timesNs.fit(this.count);
      this.#rise(this.count - 1, slot, timeNs);
    }
  }

  #remove(row: number): void {
    const slots = this.#slots.values;
    this.#rows.values[slots[row] as number] = NONE;
    this.count -= 1;
    const last = this.count;
    if (row < last) this.#move(row, slots[last] as number, this.#timesNs.values[last] as number);
  }

  /** Puts a slot into a row, whose former slot has left or is the same, and from there to its place. */
  #move(row: number, slot: number, timeNs: number): void {
    if (timeNs < (this.#timesNs.values[row] as number)) this.#rise(row, slot, timeNs);
    else this.#sink(row, slot, timeNs);
  }

  #rise(from: number, slot: number, timeNs: number): void {
    const timesNs = this.#timesNs.values;
    let row = from;
    while (row > 0) {
      const parent = (row - 1) >> 1;
      if ((timesNs[parent] as number) <= timeNs) break;
      this.#put(row, this.#slots.values[parent] as number, timesNs[parent] as number);
      row = parent;
    }
    this.#put(row, slot, timeNs);
  }

  #sink(from: number, slot: number, timeNs: number): void {
    const timesNs = this.#timesNs.values;
    const { count } = this;
    let row = from;
    for (;;) {
      let child = row * 2 + 1;
      if (child >= count) break;
      if (child + 1 < count && (timesNs[child + 1] as number) < (timesNs[child] as number)) child += 1;
      if ((timesNs[child] as number) >= timeNs) break;
      this.#put(row, this.#slots.values[child] as number, timesNs[child] as number);
      row = child;
    }
    this.#put(row, slot, timeNs);
  }

  #put(row: number, slot: number, timeNs: number): void {
    this.#slots.values[row] = slot;
    this.#timesNs.values[row] = timeNs;
    this.#rows.values[slot] = row;
  }
}
