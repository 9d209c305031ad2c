/**
 * Walks through what entered a proxy and applies each datagram's fate up to the reorder buffer, by its definition: it keeps lists of
 * who waits for which pass, and shares no code with the proxy's buffer.
 */
import { startNs } from './enteredStream.ts';
import type { EnteredFates, EnteredStream, ExitMark, RepeatFate } from './enteredStream.ts';
import { EnteredSizes } from './sizeCauses.ts';
import type { LineOver } from './lineOver.ts';

/** What does not stay in the reorder buffer, in the order of leaving it. */
export interface Emitted {
  readonly rows: Uint32Array;
  /** Place → when it left that buffer, since the stream's start. */
  readonly timesNs: Float64Array;
  count: number;
}

/** What the walk finds of each row. */
export interface RowFates {
  /** The index that let it go: its own, if it did not wait. */
  readonly releasedBy: Uint32Array;
  readonly copies: Uint8Array;
  readonly corrupted: Uint8Array;
  readonly delayNs: Float64Array;
  readonly droppedByCause: number[];
}

export class ReorderWalk {
  readonly emitted: Emitted;
  readonly found: RowFates;
  readonly #stream: EnteredStream;
  readonly #fates: EnteredFates;
  readonly #line: LineOver;
  readonly #sizes = new EnteredSizes();
  /** Pass → rows that wait for it. */
  readonly #waiting = new Map<number, number[]>();
  #waitingCount = 0;
  #passes = 0;
  #next: number;
  /** The stream is said to be over; and that for good. */
  #isOver = false;
  #isClosed = false;
  #mark = 0;

  constructor(stream: EnteredStream, fates: EnteredFates, line: LineOver) {
    const size = stream.indices.length;
    this.#stream = stream;
    this.#fates = fates;
    this.#line = line;
    this.#next = stream.firstIndex;
    this.emitted = { rows: new Uint32Array(size), timesNs: new Float64Array(size), count: 0 };
    this.found = {
      releasedBy: new Uint32Array(size),
      copies: new Uint8Array(size),
      corrupted: new Uint8Array(size),
      delayNs: new Float64Array(size),
      droppedByCause: [],
    };
  }

  run(): void {
    const { indices, timesNs } = this.#stream;
    for (let row = 0; row < indices.length; row += 1) {
      this.#heed(row);
      this.#take(row, indices[row] as number, timesNs[row] as number);
    }
    this.#heed(indices.length);
    // Those behind the end of the list let go what waits; nobody knows which.
    if (this.#stream.isCut) this.#flush(timesNs.at(-1) ?? 0);
  }

  #take(row: number, index: number, timeNs: number): void {
    const isFirst = this.#stream.repeats[row] === 1;
    const isInOrder = isFirst && index >= this.#next;
    if (isInOrder) {
      if (!this.#isClosed) this.#isOver = false;
      this.#skipTo(index, row, timeNs);
      this.#next = index + 1;
    }
    const hold = this.#decide(row, index);
    if (hold < 0) return;
    if (hold > 0 && !this.#isOver) {
      const waiting = this.#waiting.get(this.#passes + hold) ?? [];
      waiting.push(row);
      this.#waiting.set(this.#passes + hold, waiting);
      this.#waitingCount += 1;
      return;
    }
    this.#emit(row, index, timeNs);
    // Only a first datagram in order, whose fate is to pass, counts for those who wait.
    if (isInOrder && hold === 0) this.#pass(index, timeNs);
  }

  /** Reads a row's fate. Returns for how many passes it is held; −1 if it is dropped. */
  #decide(row: number, index: number): number {
    const { repeats, sizesBytes } = this.#stream;
    const repeat = repeats[row] as number;
    const fate = repeat === 1 ? this.#first(index, row) : this.#fates.repeat(index, repeat, row);
    const cause = this.#sizes.causeOf(fate.dropCause, this.#line.at(index), index, sizesBytes[row] as number);
    if (cause !== 0) {
      const { droppedByCause } = this.found;
      droppedByCause[cause] = (droppedByCause[cause] ?? 0) + 1;
      return -1;
    }
    this.found.copies[row] = fate.copies;
    this.found.corrupted[row] = fate.corrupt >= 0 && (sizesBytes[row] as number) > 0 ? 1 : 0;
    this.found.delayNs[row] = fate.delayNs;
    return fate.hold;
  }

  #first(index: number, row: number): RepeatFate {
    const fates = this.#fates;
    const at = fates.at(index, row);
    return {
      dropCause: fates.dropCause[at] as number,
      copies: fates.copies[at] as number,
      hold: fates.hold[at] as number,
      corrupt: fates.corrupt[at] as number,
      delayNs: fates.delayNs[at] as number,
    };
  }

  /** A missing index counts as a pass, if that was its fate. */
  #skipTo(index: number, row: number, timeNs: number): void {
    for (; this.#next < index && this.#waitingCount > 0; this.#next += 1) {
      const at = this.#fates.at(this.#next, row);
      if (this.#fates.dropCause[at] === 0 && this.#fates.hold[at] === 0) this.#pass(this.#next, timeNs);
    }
    this.#next = Math.max(this.#next, index);
  }

  #pass(index: number, timeNs: number): void {
    this.#passes += 1;
    const rows = this.#waiting.get(this.#passes);
    if (rows === undefined) return;
    this.#waiting.delete(this.#passes);
    this.#waitingCount -= rows.length;
    this.#release(rows, index, timeNs);
  }

  /** Heeds what happened before a row entered. */
  #heed(row: number): void {
    const { marks, timesNs } = this.#stream;
    for (; (marks[this.#mark]?.entered ?? Infinity) <= row; this.#mark += 1) {
      const { kind, timeNs, lastIndex } = marks[this.#mark] as ExitMark;
      const lastArrivalNs = timesNs[row - 1] ?? timeNs;
      if (kind === 'close') this.#isClosed = true;
      if (kind === 'end' && lastIndex !== null) this.#skipTo(lastIndex + 1, row - 1, lastArrivalNs);
      if (kind === 'end') this.#isOver = true;
      if (kind !== 'close') this.#flush(timeNs);
    }
  }

  #flush(timeNs: number): void {
    const rows = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.#waitingCount = 0;
    this.#release(rows, this.#next - 1, timeNs);
  }

  /** In order of the index; of one index as they came. */
  #release(rows: number[], by: number, timeNs: number): void {
    const { indices } = this.#stream;
    rows.sort((a, b) => (indices[a] as number) - (indices[b] as number) || a - b);
    for (const row of rows) this.#emit(row, by, timeNs);
  }

  /** @param by the index that let it go: its own, if it did not wait */
  #emit(row: number, by: number, timeNs: number): void {
    const { plannedNs, indices } = this.#stream;
    const { emitted } = this;
    const sinceNs =
      plannedNs === null ? timeNs - startNs(this.#stream) : plannedNs(by) - plannedNs(indices[0] as number);
    emitted.rows[emitted.count] = row;
    this.found.releasedBy[row] = by;
    emitted.timesNs[emitted.count] = sinceNs;
    emitted.count += 1;
  }
}
