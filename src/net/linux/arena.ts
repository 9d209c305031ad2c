/**
 * Memory shared by JavaScript and the C library: one array, whose address is read once, divided into pieces.
 *
 * It makes no system call and is garbage-collected like any array.
 */
import type { NativeSockets } from './native.ts';

const ALIGNMENT_BYTES = 64;
const WORD = 2 ** 32;

/** A piece of an arena. */
export interface Piece {
  readonly address: number;
  /** The piece's first 32-bit word in `words`. */
  readonly word: number;
}

export class Arena {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly #address: number;
  #usedBytes = 0;

  constructor(native: NativeSockets, sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.words = new Uint32Array(this.bytes.buffer);
    this.#address = native.addressOf(this.bytes);
  }

  /** Allocates the next piece. Throws when the arena is too small. */
  take(sizeBytes: number): Piece {
    const at = this.#usedBytes;
    this.#usedBytes += Math.ceil(sizeBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    if (this.#usedBytes > this.bytes.length) throw new Error('the arena is too small');
    return { address: this.#address + at, word: at / 4 };
  }

  /** Writes a 64-bit number below 2^53, such as an address, at a word. */
  writeLong(word: number, value: number): void {
    this.words[word] = value;
    this.words[word + 1] = value / WORD;
  }

  /** Reads a 64-bit number below 2^53. */
  readLong(word: number): number {
    return (this.words[word] as number) + (this.words[word + 1] as number) * WORD;
  }
}
