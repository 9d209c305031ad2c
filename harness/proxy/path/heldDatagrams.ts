/**
 * Datagrams held by the proxy: numbered slots with the bytes, the type of service and the decisions about them, and a limit
 * of their memory.
 *
 * All flows of a proxy share one, so a flow that holds nothing costs nothing here. Slots and cells are reused: after
 * warm-up holding allocates only a view for copying; a datagram larger than the largest cell gets memory of its own. The
 * limit is kept by those who hold: they ask before, or let something go after.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';
import type { DatagramBatch } from '../../../src/net/batch.ts';
import { Cells, cellBytesFor, MAX_CELL_BYTES } from './cells.ts';

/** What a held datagram takes besides its bytes: its columns here, and its places in the queues. */
const SLOT_BYTES = 128;
const NO_CELL = -1;

/** The memory that a held datagram counts for, bytes. */
export const heldBytes = (lengthBytes: number): number => cellBytesFor(lengthBytes) + SLOT_BYTES;

export class HeldDatagrams {
  /** Memory of what is held now, as `heldBytes` counts it. */
  usedBytes = 0;
  readonly limitBytes: number;
  readonly #cells = new Cells();
  readonly #oversize = new Map<number, Uint8Array>();
  readonly #free: number[] = [];
  /** Slots ever used. */
  #begun = 0;
  /** Slot → its cell; −1 for memory of its own. */
  readonly #cellOf = new GrowingColumn(new Int32Array(0));
  readonly #lengths = new GrowingColumn(new Uint32Array(0));
  readonly #tos = new GrowingColumn(new Uint8Array(0));
  readonly #copies = new GrowingColumn(new Uint8Array(0));
  readonly #corrupt = new GrowingColumn(new Float64Array(0));
  readonly #arrivalsNs = new GrowingColumn(new Float64Array(0));
  readonly #delaysNs = new GrowingColumn(new Float64Array(0));
  readonly #indices = new GrowingColumn(new Float64Array(0));
  readonly #repeats = new GrowingColumn(new Uint16Array(0));
  readonly #entries = new GrowingColumn(new Float64Array(0));
  /** Slot → the number of its entry in a report's lists; −1 for none. */
  readonly #passages = new GrowingColumn(new Int32Array(0));
  readonly #holds = new GrowingColumn(new Uint16Array(0));
  /** How many of it and its copies have left or were dropped. */
  readonly #gone = new GrowingColumn(new Uint8Array(0));
  /** Number of owners of each slot. */
  readonly #shares = new GrowingColumn(new Uint16Array(0));

  constructor(limitBytes = Number.POSITIVE_INFINITY) {
    this.limitBytes = limitBytes;
  }

  /** Whether a datagram of this size can be held within the limit. */
  hasRoomFor(lengthBytes: number): boolean {
    return this.usedBytes + heldBytes(lengthBytes) <= this.limitBytes;
  }

  /** Whether more is held than the limit allows, so that something has to go. */
  get isOver(): boolean {
    return this.usedBytes > this.limitBytes;
  }

  /**
   * Copies a row of a batch in and returns its slot, which the caller owns until it gives it back.
   * @param hold the number of passes that it waits for
   */
  keep(
    index: number,
    batch: DatagramBatch,
    row: number,
    copies: number,
    corrupt: number,
    delayNs: number,
    repeat = 1,
    passage = -1,
    hold = 0,
  ): number {
    const slot = this.#free.pop() ?? this.#begin();
    const start = batch.offsets[row] as number;
    const lengthBytes = batch.lengths[row] as number;
    this.usedBytes += heldBytes(lengthBytes);
    this.#lengths.values[slot] = lengthBytes;
    this.#tos.values[slot] = batch.tos[row] as number;
    this.#copies.values[slot] = copies;
    this.#corrupt.values[slot] = corrupt;
    this.#arrivalsNs.values[slot] = batch.timesNs[row] as number;
    this.#delaysNs.values[slot] = delayNs;
    this.#indices.values[slot] = index;
    this.#repeats.values[slot] = repeat;
    this.#passages.values[slot] = passage;
    this.#holds.values[slot] = hold;
    this.#gone.values[slot] = 0;
    this.#shares.values[slot] = 1;
    const view = batch.bytes.subarray(start, start + lengthBytes);
    if (lengthBytes > MAX_CELL_BYTES) {
      this.#cellOf.values[slot] = NO_CELL;
      this.#oversize.set(slot, view.slice());
      return slot;
    }
    const cell = this.#cells.take(lengthBytes);
    this.#cellOf.values[slot] = cell;
    this.#cells.bytes(cell).set(view, this.#cells.start(cell));
    return slot;
  }

  /** Adds an owner; each gives the slot back once. */
  share(slot: number): number {
    this.#shares.values[slot] = (this.#shares.values[slot] as number) + 1;
    return slot;
  }

  giveBack(slot: number): void {
    const shares = (this.#shares.values[slot] as number) - 1;
    this.#shares.values[slot] = shares;
    if (shares > 0) return;
    this.usedBytes -= heldBytes(this.lengthBytes(slot));
    const cell = this.#cellOf.values[slot] as number;
    if (cell === NO_CELL) this.#oversize.delete(slot);
    else this.#cells.giveBack(cell);
    this.#free.push(slot);
  }

  arrivalNs(slot: number): number {
    return this.#arrivalsNs.values[slot] as number;
  }

  index(slot: number): number {
    return this.#indices.values[slot] as number;
  }

  /** 1 for the first datagram with its index, 2 and up for repeats. */
  repeat(slot: number): number {
    return this.#repeats.values[slot] as number;
  }

  /** Notes the index whose pass let it leave the reorder buffer: its own, if it was not held. */
  setEntry(slot: number, index: number): void {
    this.#entries.values[slot] = index;
  }

  entry(slot: number): number {
    return this.#entries.values[slot] as number;
  }

  /** The number of its entry in a report's lists; −1 for none. */
  passage(slot: number): number {
    return this.#passages.values[slot] as number;
  }

  lengthBytes(slot: number): number {
    return this.#lengths.values[slot] as number;
  }

  /** Its type of service: DSCP and ECN. */
  tos(slot: number): number {
    return this.#tos.values[slot] as number;
  }

  /** Extra copies that leave with it. */
  copies(slot: number): number {
    return this.#copies.values[slot] as number;
  }

  /** The schedule's value for the bit to flip: −1 for none. */
  corrupt(slot: number): number {
    return this.#corrupt.values[slot] as number;
  }

  delayNs(slot: number): number {
    return this.#delaysNs.values[slot] as number;
  }

  /** The number of passes that it waits for; 0 if it is not held back. */
  hold(slot: number): number {
    return this.#holds.values[slot] as number;
  }

  /** It, or a copy of it, leaves or is dropped: returns how many of them had gone before. */
  noteGone(slot: number): number {
    const gone = this.#gone.values[slot] as number;
    this.#gone.values[slot] = gone + 1;
    return gone;
  }

  /** The memory of a slot's datagram. */
  bytes(slot: number): Uint8Array {
    const cell = this.#cellOf.values[slot] as number;
    return cell === NO_CELL ? (this.#oversize.get(slot) as Uint8Array) : this.#cells.bytes(cell);
  }

  /** Offset of the datagram in that memory. */
  start(slot: number): number {
    const cell = this.#cellOf.values[slot] as number;
    return cell === NO_CELL ? 0 : this.#cells.start(cell);
  }

  #begin(): number {
    const slot = this.#begun;
    this.#begun += 1;
    if (this.#begun <= this.#shares.length) return slot;
    for (const column of [
      this.#cellOf,
      this.#lengths,
      this.#tos,
      this.#copies,
      this.#corrupt,
      this.#arrivalsNs,
      this.#delaysNs,
      this.#indices,
      this.#repeats,
      this.#entries,
      this.#passages,
      this.#holds,
      this.#gone,
      this.#shares,
    ])
      column.fit(this.#begun);
    return slot;
  }
}
