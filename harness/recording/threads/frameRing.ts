/**
 * Frames on their way from the thread that reads a recording to the one that plays it, in the slots of a ring.
 */
import { MAX_DATAGRAM_BYTES } from '../../../src/net/batch.ts';
import type { FrameBatch } from '../frameBatch.ts';
import { SlotFiller, SlotTaker, newRing } from './slotRing.ts';
import type { NoSlot, RingMemory } from './slotRing.ts';

const SLOTS = 8;
const ROWS = 512;
const ARENA_BYTES = (1 << 17) + MAX_DATAGRAM_BYTES;
/** Of the three columns. */
const ROW_BYTES = 16;

/** One slot: the columns of some frames. */
class FrameSlot {
  readonly timesNs: Float64Array;
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
  readonly bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.timesNs = new Float64Array(memory, 0, ROWS);
    this.offsets = new Uint32Array(memory, 8 * ROWS, ROWS);
    this.lengths = new Uint32Array(memory, 12 * ROWS, ROWS);
    this.bytes = new Uint8Array(memory, ROW_BYTES * ROWS);
  }
}

export const newFrameRing = (): RingMemory => newRing(SLOTS, ROW_BYTES * ROWS + ARENA_BYTES);

/** The reader's side. */
export class FrameFiller {
  readonly #ring: SlotFiller;
  readonly #slots: readonly FrameSlot[];
  #slot: FrameSlot | null = null;
  #rows = 0;
  #usedBytes = 0;

  constructor(memory: RingMemory) {
    this.#ring = new SlotFiller(memory);
    this.#slots = memory.slots.map((slot) => new FrameSlot(slot));
  }

  /** Whether the player wants more. */
  get isWanted(): boolean {
    return this.#ring.isWanted;
  }

  /** Adds a row of a batch. Blocks while the player has not emptied a slot. */
  put(batch: FrameBatch, row: number): void {
    const start = batch.offsets[row] as number;
    const lengthBytes = batch.lengths[row] as number;
    if (this.#rows === ROWS || this.#usedBytes + lengthBytes > ARENA_BYTES) this.#hand();
    // A player may be as slow as it likes: this wait ends with its next step, its end, or the process.
    const slot = (this.#slot ??= this.#slots[this.#ring.next(Number.POSITIVE_INFINITY)] as FrameSlot);
    slot.timesNs[this.#rows] = batch.timesNs[row] as number;
    slot.offsets[this.#rows] = this.#usedBytes;
    slot.lengths[this.#rows] = lengthBytes;
    slot.bytes.set(batch.bytes.subarray(start, start + lengthBytes), this.#usedBytes);
    this.#usedBytes += lengthBytes;
    this.#rows += 1;
  }

  /** Hands over what is left: it was the last. */
  end(): void {
    this.#hand();
    this.#ring.end();
  }

  /** The same after a failure. */
  fail(): void {
    this.#hand();
    this.#ring.end(true);
  }

  #hand(): void {
    if (this.#rows > 0) this.#ring.hand(this.#rows);
    this.#slot = null;
    this.#rows = 0;
    this.#usedBytes = 0;
  }
}

/** The player's side: one row at a time. */
export class FrameTaker {
  readonly #ring: SlotTaker;
  readonly #slots: readonly FrameSlot[];
  #slot: FrameSlot;
  #row = -1;
  #rows = 0;

  constructor(memory: RingMemory) {
    this.#ring = new SlotTaker(memory);
    this.#slots = memory.slots.map((slot) => new FrameSlot(slot));
    this.#slot = this.#slots[0] as FrameSlot;
  }

  /** The arena of the current row. */
  get bytes(): Uint8Array {
    return this.#slot.bytes;
  }

  get start(): number {
    return this.#slot.offsets[this.#row] as number;
  }

  get lengthBytes(): number {
    return this.#slot.lengths[this.#row] as number;
  }

  get timeNs(): number {
    return this.#slot.timesNs[this.#row] as number;
  }

  /**
   * Goes to the next row; null if there is one. Blocks until the reader has it.
   * @param limitMs maximum wait, milliseconds
   */
  next(limitMs: number): NoSlot | null {
    this.#row += 1;
    if (this.#row < this.#rows) return null;
    this.#rows = 0;
    const missing = this.#ring.next(limitMs);
    if (missing !== null) return missing;
    this.#slot = this.#slots[this.#ring.slot] as FrameSlot;
    this.#rows = this.#ring.size;
    this.#row = 0;
    return null;
  }

  /** Lets the reader end. */
  stop(): void {
    this.#ring.stop();
  }
}
