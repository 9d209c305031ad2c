/**
 * A ring of slots in shared memory between two threads: one fills a slot while the other empties another.
 *
 * It holds no thread and no file. Either side waits for the other by blocking its thread.
 */

/** Cells of the control column. */
const FILLED = 0;
const TAKEN = 1;
const STATE = 2;
/** Counts what the taker may wait for: slots filled, and the end. Who waits looks at it first, so that nothing is missed. */
const TO_TAKER = 3;
/** Counts what the filler may wait for: slots taken, and the end. */
const TO_FILLER = 4;
/** What the filler says of slot k: SIZE_OF + k. */
const SIZE_OF = 5;

const OPEN = 0;
/** The filler fills no more slots. */
const ENDED = 1;
/** The filler has failed. */
const FAILED = 2;
/** The taker takes no more. */
const STOPPED = 3;

/** Shared memory, in a form that can be sent to a thread. */
export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly slots: readonly SharedArrayBuffer[];
}

export const newRing = (slots: number, slotBytes: number): RingMemory => ({
  control: new SharedArrayBuffer(4 * (SIZE_OF + slots)),
  slots: Array.from({ length: slots }, () => new SharedArrayBuffer(slotBytes)),
});

function signal(control: Int32Array, cell: number): void {
  Atomics.add(control, cell, 1);
  Atomics.notify(control, cell);
}

/** The side that fills. */
export class SlotFiller {
  readonly #control: Int32Array;
  readonly #slots: number;
  #filled = 0;

  constructor({ control, slots }: RingMemory) {
    this.#control = new Int32Array(control);
    this.#slots = slots.length;
  }

  /** Whether the other side wants more. */
  get isWanted(): boolean {
    return Atomics.load(this.#control, STATE) !== STOPPED;
  }

  /**
   * The slot to be filled next. Blocks until it is empty, or nothing is wanted any more.
   * @param limitMs maximum wait, milliseconds; Infinity for a side that may be slow on purpose
   * @returns −1 after the limit
   */
  next(limitMs: number): number {
    const control = this.#control;
    for (;;) {
      const seen = Atomics.load(control, TO_FILLER);
      if (this.#filled - Atomics.load(control, TAKEN) < this.#slots || !this.isWanted) break;
      if (Atomics.wait(control, TO_FILLER, seen, limitMs) === 'timed-out') return -1;
    }
    return this.#filled % this.#slots;
  }

  /** Hands the slot over. @param size what the other side is told of it */
  hand(size: number): void {
    const control = this.#control;
    control[SIZE_OF + (this.#filled % this.#slots)] = size;
    this.#filled += 1;
    Atomics.store(control, FILLED, this.#filled);
    signal(control, TO_TAKER);
  }

  /** Nothing more comes. */
  end(hasFailed = false): void {
    Atomics.compareExchange(this.#control, STATE, OPEN, hasFailed ? FAILED : ENDED);
    signal(this.#control, TO_TAKER);
  }

  /** Waits until the other side has stopped. @returns false after the limit */
  waitForStop(limitMs: number): boolean {
    for (;;) {
      const seen = Atomics.load(this.#control, TO_FILLER);
      if (!this.isWanted) return true;
      if (Atomics.wait(this.#control, TO_FILLER, seen, limitMs) === 'timed-out') return false;
    }
  }
}

/** What the taker found instead of a slot. */
export type NoSlot = 'ended' | 'failed' | 'late';

/** The side that empties. */
export class SlotTaker {
  /** The current slot, and what the filler said of it. */
  slot = 0;
  size = 0;
  readonly #control: Int32Array;
  readonly #slots: number;
  #taken = 0;
  #hasSlot = false;

  constructor({ control, slots }: RingMemory) {
    this.#control = new Int32Array(control);
    this.#slots = slots.length;
  }

  /**
   * Gives the current slot back and goes to the next one; null if there is one. Blocks until it is filled.
   * @param limitMs maximum wait, milliseconds
   */
  next(limitMs: number): NoSlot | null {
    const control = this.#control;
    if (this.#hasSlot) {
      this.#taken += 1;
      this.#hasSlot = false;
      Atomics.store(control, TAKEN, this.#taken);
      signal(control, TO_FILLER);
    }
    for (;;) {
      const seen = Atomics.load(control, TO_TAKER);
      // The state comes first: a slot that was filled before the end is seen then.
      const state = Atomics.load(control, STATE);
      if (Atomics.load(control, FILLED) > this.#taken) break;
      if (state !== OPEN) return state === FAILED ? 'failed' : 'ended';
      if (Atomics.wait(control, TO_TAKER, seen, limitMs) === 'timed-out') return 'late';
    }
    this.#hasSlot = true;
    this.slot = this.#taken % this.#slots;
    this.size = control[SIZE_OF + this.slot] as number;
    return null;
  }

  /** Lets the filler end. */
  stop(): void {
    Atomics.store(this.#control, STATE, STOPPED);
    signal(this.#control, TO_FILLER);
  }
}
