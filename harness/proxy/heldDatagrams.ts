/**
 * Datagrams held by the proxy: numbered slots with the bytes, the type of service and the decisions about them.
 *
 * Slots have a fixed size and are reused, so after warm-up holding allocates only a view for copying; a datagram larger than
 * a slot gets memory of its own. Memory grows with what is held at a time, which the holding stages limit.
 */
import { GrowingColumn } from '../../src/base/growingColumn.ts';
import type { DatagramBatch } from '../../src/net/batch.ts';

const SLOT_BYTES = 2048;
const SLOTS_PER_BLOCK = 256;

export class HeldDatagrams {
  readonly #blocks: Uint8Array[] = [];
  readonly #free: number[] = [];
  readonly #oversize = new Map<number, Uint8Array>();
  readonly #lengths = new GrowingColumn(new Uint32Array(0));
  readonly #tos = new GrowingColumn(new Uint8Array(0));
  readonly #copies = new GrowingColumn(new Uint8Array(0));
  readonly #corrupt = new GrowingColumn(new Float64Array(0));
  readonly #delaysNs = new GrowingColumn(new Float64Array(0));
  readonly #indices = new GrowingColumn(new Float64Array(0));
  readonly #repeats = new GrowingColumn(new Uint16Array(0));
  /** Number of owners of each slot. */
  readonly #shares = new GrowingColumn(new Uint16Array(0));

  /** Copies a row of a batch in and returns its slot, which the caller owns until it gives it back. */
  keep(
    index: number,
    batch: DatagramBatch,
    row: number,
    copies: number,
    corrupt: number,
    delayNs: number,
    repeat = 1,
  ): number {
    if (this.#free.length === 0) this.#grow();
    const slot = this.#free.pop() as number;
    const start = batch.offsets[row] as number;
    const lengthBytes = batch.lengths[row] as number;
    this.#lengths.values[slot] = lengthBytes;
    this.#tos.values[slot] = batch.tos[row] as number;
    this.#copies.values[slot] = copies;
    this.#corrupt.values[slot] = corrupt;
    this.#delaysNs.values[slot] = delayNs;
    this.#indices.values[slot] = index;
    this.#repeats.values[slot] = repeat;
    this.#shares.values[slot] = 1;
    const view = batch.bytes.subarray(start, start + lengthBytes);
    if (lengthBytes > SLOT_BYTES) this.#oversize.set(slot, view.slice());
    else this.#block(slot).set(view, this.start(slot));
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
    if (this.lengthBytes(slot) > SLOT_BYTES) this.#oversize.delete(slot);
    this.#free.push(slot);
  }

  index(slot: number): number {
    return this.#indices.values[slot] as number;
  }

  /** 1 for the first datagram with its index, 2 and up for repeats. */
  repeat(slot: number): number {
    return this.#repeats.values[slot] as number;
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

  /** The memory of a slot's datagram. */
  bytes(slot: number): Uint8Array {
    return this.lengthBytes(slot) > SLOT_BYTES ? (this.#oversize.get(slot) as Uint8Array) : this.#block(slot);
  }

  /** Offset of the datagram in that memory. */
  start(slot: number): number {
    return this.lengthBytes(slot) > SLOT_BYTES ? 0 : (slot % SLOTS_PER_BLOCK) * SLOT_BYTES;
  }

  #block(slot: number): Uint8Array {
    return this.#blocks[Math.floor(slot / SLOTS_PER_BLOCK)] as Uint8Array;
  }

  #grow(): void {
    const first = this.#blocks.length * SLOTS_PER_BLOCK;
    const size = first + SLOTS_PER_BLOCK;
    this.#blocks.push(new Uint8Array(SLOTS_PER_BLOCK * SLOT_BYTES));
    this.#lengths.fit(size);
    this.#tos.fit(size);
    this.#copies.fit(size);
    this.#corrupt.fit(size);
    this.#delaysNs.fit(size);
    this.#indices.fit(size);
    this.#repeats.fit(size);
    this.#shares.fit(size);
    for (let slot = size - 1; slot >= first; slot -= 1) this.#free.push(slot);
  }
}
