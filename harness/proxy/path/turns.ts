/**
 * Whose turn it is: a heap of slots, small whole numbers, each with a key of a time and an index. Equal keys go by rank,
 * which a slot has for good.
 *
 * Setting, moving or removing one takes time in proportion to the logarithm of their number, and allocates nothing.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';

const FIRST_LENGTH = 16;
const NONE = -1;

export class Turns {
  /** Number of slots with a key. */
  count = 0;
  /** Slot → its rank. */
  readonly #ranks: GrowingColumn<Float64Array>;
  /** Row of the heap → slot. */
  readonly #slots = new GrowingColumn(new Int32Array(FIRST_LENGTH));
  /** Slot → its row, −1 without a key; and its key. */
  readonly #rows = new GrowingColumn(new Int32Array(FIRST_LENGTH), NONE);
  readonly #timesNs = new GrowingColumn(new Float64Array(FIRST_LENGTH));
  readonly #indices = new GrowingColumn(new Float64Array(FIRST_LENGTH));

  /** @param ranks slot → rank; no two slots that are used at a time have the same */
  constructor(ranks: GrowingColumn<Float64Array>) {
    this.#ranks = ranks;
  }

  /** The slot whose turn is first; −1 if there is none. */
  get first(): number {
    return this.count === 0 ? NONE : (this.#slots.values[0] as number);
  }

  /** Time of the first turn, nanoseconds; Infinity if there is none. */
  get firstNs(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : this.timeNs(this.first);
  }

  /** Time of a slot that has a key. */
  timeNs(slot: number): number {
    return this.#timesNs.values[slot] as number;
  }

  /** Index of a slot that has a key. */
  index(slot: number): number {
    return this.#indices.values[slot] as number;
  }

  /** Sets or changes a slot's key. @param timeNs Infinity for none: then it has no turn */
  set(slot: number, timeNs: number, index: number): void {
    this.#rows.fit(slot + 1);
    this.#timesNs.fit(slot + 1);
    this.#indices.fit(slot + 1);
    const row = this.#rows.values[slot] as number;
    if (timeNs === Number.POSITIVE_INFINITY) {
      if (row !== NONE) this.#remove(row);
      return;
    }
    if (row === NONE) this.count += 1;
    else if (timeNs === this.timeNs(slot) && index === this.index(slot)) return;
    this.#timesNs.values[slot] = timeNs;
    this.#indices.values[slot] = index;
    this.#slots.fit(this.count);
    this.#place(row === NONE ? this.count - 1 : row, slot);
  }

  /** Whether the turn of a slot here comes before that of a slot of other turns with the same ranks. */
  precedes(slot: number, others: Turns, other: number): boolean {
    const byTime = this.timeNs(slot) - others.timeNs(other);
    if (byTime !== 0) return byTime < 0;
    const byIndex = this.index(slot) - others.index(other);
    if (byIndex !== 0) return byIndex < 0;
    return (this.#ranks.values[slot] as number) < (this.#ranks.values[other] as number);
  }

  #remove(row: number): void {
    const slots = this.#slots.values;
    this.#rows.values[slots[row] as number] = NONE;
    this.count -= 1;
    if (row < this.count) this.#place(row, slots[this.count] as number);
  }

  /** Puts a slot into a row, and from there to its place. */
  #place(from: number, slot: number): void {
    const slots = this.#slots.values;
    let row = from;
    while (row > 0) {
      const parent = (row - 1) >> 1;
      if (!this.precedes(slot, this, slots[parent] as number)) break;
      this.#put(row, slots[parent] as number);
      row = parent;
    }
    for (;;) {
      let child = row * 2 + 1;
      if (child >= this.count) break;
      if (child + 1 < this.count && this.precedes(slots[child + 1] as number, this, slots[child] as number))
        child += 1;
      if (!this.precedes(slots[child] as number, this, slot)) break;
      this.#put(row, slots[child] as number);
      row = child;
    }
    this.#put(row, slot);
  }

  #put(row: number, slot: number): void {
    this.#slots.values[row] = slot;
    this.#rows.values[slot] = row;
  }
}
