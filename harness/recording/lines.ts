/**
 * Bytes cut into lines, in one buffer of fixed size: put a piece where `makeRoom` says, `add` it, then `next` until it is
 * false.
 *
 * The buffer never grows, however long a line is; the caller watches `restBytes`.
 */
import { LINE_LIMIT_BYTES } from './format.ts';

/** Maximum size of a piece, bytes. */
export const PIECE_BYTES = 1 << 19;

export class Lines {
  readonly bytes = Buffer.allocUnsafeSlow(LINE_LIMIT_BYTES + PIECE_BYTES);
  /** The same bytes, for numbers of binary formats. */
  readonly view = new DataView(this.bytes.buffer);
  /** Start of the current line in `bytes`. */
  start = 0;
  /** Position of its line end. */
  end = 0;
  /** The end of the last complete line that was read, its line end included. */
  wholeEnd = 0;
  #filled = 0;

  /** Advances to the next complete line; false if there is none. */
  next(): boolean {
    const end = this.wholeEnd === this.#filled ? -1 : this.bytes.indexOf(0x0a, this.wholeEnd);
    // Bytes after the filled part are left over from earlier pieces.
    if (end < 0 || end >= this.#filled) return false;
    this.start = this.wholeEnd;
    this.end = end;
    this.wholeEnd = end + 1;
    return true;
  }

  /** Takes up to `sizeBytes` bytes after the last line, for formats without lines; returns how many were there. */
  skip(sizeBytes: number): number {
    const taken = Math.min(sizeBytes, this.restBytes);
    this.wholeEnd += taken;
    return taken;
  }

  /** Number of bytes after the last complete line that was read. */
  get restBytes(): number {
    return this.#filled - this.wholeEnd;
  }

  /** The bytes after the last complete line that was read. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.wholeEnd, this.#filled);
  }

  /** Moves the rest, shorter than the line limit, to the start of `bytes`; returns where PIECE_BYTES fit after it. */
  makeRoom(): number {
    this.bytes.copyWithin(0, this.wholeEnd, this.#filled);
    this.#filled -= this.wholeEnd;
    this.wholeEnd = 0;
    return this.#filled;
  }

  /** Adds `sizeBytes` that were put where `makeRoom` said. */
  add(sizeBytes: number): void {
    this.#filled += sizeBytes;
  }
}
