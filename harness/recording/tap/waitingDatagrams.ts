/**
 * Datagrams that wait to be written, with a copy of their bytes: they are put in as they are noted, and taken out by time.
 *
 * Payloads stand one after the other in one buffer. What is taken out leaves a gap; when gaps are more than the rest, or the room
 * is needed, the rest moves to the front.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';

const FIRST_BYTES = 1 << 20;
/** What a datagram takes even if it is empty. */
const MIN_BYTES = 64;

export class WaitingDatagrams {
  /** Datagrams in it. */
  count = 0;
  /** Size of their payloads, bytes. */
  payloadBytes = 0;
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  readonly #maxBytes: number;
  readonly #maxRows: number;
  readonly #offsets = new GrowingColumn(new Uint32Array(0));
  readonly #lengths = new GrowingColumn(new Uint32Array(0));
  readonly #timesNs = new GrowingColumn(new Float64Array(0));
  readonly #owners = new GrowingColumn(new Uint32Array(0));
  readonly #upward = new GrowingColumn(new Uint8Array(0));
  /** End of the last payload in the buffer. */
  #endBytes = 0;
  /** Rows in order of time; valid until `take` returns. */
  #order: number[] = [];

  /** @param maxBytes limit of memory for payloads, each taken for 64 bytes at least; no more is put in then */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#maxRows = Math.ceil(maxBytes / MIN_BYTES);
  }

  /** Adds a copy of a datagram. @param owner any number, given back with it. False if there is no room: then it is left out. */
  put(
    from: Uint8Array,
    start: number,
    lengthBytes: number,
    timeNs: number,
    owner: number,
    isUpward: boolean,
  ): boolean {
    const row = this.count;
    if (row >= this.#maxRows) return false;
    if (this.#endBytes + lengthBytes > this.bytes.length && !this.#makeRoom(lengthBytes)) return false;
    if (row === this.#lengths.length) this.#fit(row + 1);
    this.bytes.set(from.subarray(start, start + lengthBytes), this.#endBytes);
    this.#offsets.values[row] = this.#endBytes;
    this.#lengths.values[row] = lengthBytes;
    this.#timesNs.values[row] = timeNs;
    this.#owners.values[row] = owner;
    this.#upward.values[row] = isUpward ? 1 : 0;
    this.#endBytes += lengthBytes;
    this.payloadBytes += lengthBytes;
    this.count = row + 1;
    return true;
  }

  /**
   * Takes out what arrived at or before a time, the earliest first; of one time, what was put in first.
   * @param visit takes one; false to stop before it
   */
  take(
    untilNs: number,
    visit: (timeNs: number, start: number, lengthBytes: number, owner: number, isUpward: boolean) => boolean,
  ): void {
    const order = this.#rowsUntil(untilNs);
    let taken = 0;
    for (; taken < order.length; taken += 1) {
      const row = order[taken] as number;
      const isTaken = visit(
        this.#timesNs.values[row] as number,
        this.#offsets.values[row] as number,
        this.#lengths.values[row] as number,
        this.#owners.values[row] as number,
        this.#upward.values[row] === 1,
      );
      if (!isTaken) break;
    }
    if (taken > 0) this.#remove(order, taken);
  }

  #rowsUntil(untilNs: number): number[] {
    const times = this.#timesNs.values;
    const order = this.#order;
    order.length = 0;
    let isSorted = true;
    for (let row = 0; row < this.count; row += 1) {
      const timeNs = times[row] as number;
      if (timeNs > untilNs) continue;
      if (order.length > 0 && timeNs < (times[order.at(-1) as number] as number)) isSorted = false;
      order.push(row);
    }
    if (!isSorted) order.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
    return order;
  }

  /** Removes the first `taken` rows of `order`. */
  #remove(order: readonly number[], taken: number): void {
    for (let k = 0; k < taken; k += 1) {
      const row = order[k] as number;
      this.#timesNs.values[row] = Number.NaN;
      this.payloadBytes -= this.#lengths.values[row] as number;
    }
    let left = 0;
    for (let row = 0; row < this.count; row += 1) {
      const timeNs = this.#timesNs.values[row] as number;
      if (Number.isNaN(timeNs)) continue;
      this.#offsets.values[left] = this.#offsets.values[row] as number;
      this.#lengths.values[left] = this.#lengths.values[row] as number;
      this.#timesNs.values[left] = timeNs;
      this.#owners.values[left] = this.#owners.values[row] as number;
      this.#upward.values[left] = this.#upward.values[row] as number;
      left += 1;
    }
    this.count = left;
    if (2 * this.payloadBytes <= this.#endBytes) this.#closeGaps();
  }

  /** Rows stand in the order of their payloads, so each moves towards the front. */
  #closeGaps(): void {
    let end = 0;
    for (let row = 0; row < this.count; row += 1) {
      const start = this.#offsets.values[row] as number;
      const lengthBytes = this.#lengths.values[row] as number;
      if (start !== end) this.bytes.copyWithin(end, start, start + lengthBytes);
      this.#offsets.values[row] = end;
      end += lengthBytes;
    }
    this.#endBytes = end;
  }

  /** Whether there is room for so many more bytes at the end, after closing gaps or taking more memory. */
  #makeRoom(lengthBytes: number): boolean {
    const neededBytes = this.payloadBytes + lengthBytes;
    if (neededBytes > this.#maxBytes) return false;
    if (this.payloadBytes < this.#endBytes) this.#closeGaps();
    if (neededBytes <= this.bytes.length) return true;
    const larger = Buffer.allocUnsafeSlow(Math.min(2 * this.bytes.length + lengthBytes, this.#maxBytes));
    this.bytes.copy(larger, 0, 0, this.#endBytes);
    this.bytes = larger;
    return true;
  }

  #fit(rows: number): void {
    this.#offsets.fit(rows);
    this.#lengths.fit(rows);
    this.#timesNs.fit(rows);
    this.#owners.fit(rows);
    this.#upward.fit(rows);
  }
}
