/**
 * SHA-256 computed by a thread of its own, while this one goes on with what it hashed: a large file is hashed and decoded in
 * the time of the slower of the two.
 */
import { createHash } from 'node:crypto';
import { EnvironmentError } from '../../../src/base/errors.ts';
import type { HashTask } from './hashThread.ts';
import { SlotFiller, newRing } from './slotRing.ts';
import { leaveAlone, startThread } from '../startThread.ts';

const SLOTS = 4;
const SLOT_BYTES = 1 << 20;
const DIGEST_BYTES = 32;
/** A thread costs some 40 ms, in which as much as this is hashed. */
const WORTH_BYTES = 64 << 20;
const WAIT_LIMIT_MS = 60_000;

/** What hashes: a part of Node's Hash. */
export interface Hashing {
  update(bytes: Uint8Array): void;
  /** Ends it. @returns hex digits */
  digest(): string;
  /** Gives it up; without effect after `digest`. */
  close(): void;
}

/** What hashes a file of this size fastest. */
export const newHashing = (fileBytes: number): Hashing =>
  fileBytes < WORTH_BYTES ? new PlainHash() : new ThreadedHash();

class PlainHash implements Hashing {
  readonly #hash = createHash('sha256');

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }

  close(): void {}
}

export class ThreadedHash implements Hashing {
  readonly #digest = new SharedArrayBuffer(DIGEST_BYTES);
  readonly #ring: SlotFiller;
  readonly #slots: readonly Uint8Array[];

  constructor() {
    const memory = newRing(SLOTS, SLOT_BYTES);
    this.#ring = new SlotFiller(memory);
    this.#slots = memory.slots.map((slot) => new Uint8Array(slot));
    const task: HashTask = { memory, digest: this.#digest };
    leaveAlone(startThread('recording/threads/hashThread', task));
  }

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += SLOT_BYTES) {
      const part = bytes.subarray(at, at + SLOT_BYTES);
      const slot = this.#slots[this.#ring.next(WAIT_LIMIT_MS)];
      if (slot === undefined) throw late();
      slot.set(part);
      this.#ring.hand(part.length);
    }
  }

  digest(): string {
    this.#ring.end();
    if (!this.#ring.waitForStop(WAIT_LIMIT_MS)) throw late();
    return Buffer.from(new Uint8Array(this.#digest)).toString('hex');
  }

  close(): void {
    this.#ring.end();
  }
}

const late = (): EnvironmentError =>
  new EnvironmentError(
    'timed-out',
    `no hash within ${WAIT_LIMIT_MS / 1000} s; the machine is too busy, or the program was changed while it ran`,
  );
