/**
 * Bytes cut into lines, in one buffer of fixed size: put a piece where `makeRoom` says, `add` it, then `next` until it is
 * false.
 *
 * Pure. It never grows, however long a line is; the caller watches `restBytes`.
 */
import { LINE_LIMIT_BYTES } from './format.ts';

/** Largest piece, bytes. */
export const PIECE_BYTES = 1 << 18;

export class Lines {
  readonly bytes = Buffer.allocUnsafeSlow(LINE_LIMIT_BYTES + PIECE_BYTES);
  /** Where the current line starts in `bytes`. */
  start = 0;
  /** Where its line end is. */
  end = 0;
  /** The end of the last whole line that was read, its line end included. */
  wholeEnd = 0;
  #filled = 0;

  /** Goes on to the next whole line; false when there is none. */
  next(): boolean {
    const end = this.wholeEnd === this.#filled ? -1 : this.bytes.indexOf(0x0a, this.wholeEnd);
    // Bytes past the filled part are left over from earlier pieces.
    if (end < 0 || end >= this.#filled) return false;
    this.start = this.wholeEnd;
    this.end = end;
    this.wholeEnd = end + 1;
    return true;
  }

  /** Bytes after the last whole line that was read. */
  get restBytes(): number {
    return this.#filled - this.wholeEnd;
  }

  /** Those bytes. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.wholeEnd, this.#filled);
  }

  /** Moves the rest, shorter than the line limit, to the start of `bytes`; returns where PIECE_BYTES fit behind it. */
  makeRoom(): number {
    this.bytes.copyWithin(0, this.wholeEnd, this.#filled);
    this.#filled -= this.wholeEnd;
    this.wholeEnd = 0;
    return this.#filled;
  }

  /** So many bytes have been put there. */
  add(sizeBytes: number): void {
    this.#filled += sizeBytes;
  }
}
