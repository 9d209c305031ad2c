/**
 * Bytes that are too many for memory, in a file without a name in the folder for temporary files: it is gone with the
 * process, however that ends.
 *
 * Written once from the beginning to the end, then read anywhere; both block.
 */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '../base/errors.ts';
import { notWritten, plainReason } from './reason.ts';

const BUFFER_BYTES = 1 << 20;
let made = 0;

export class ScratchFile {
  readonly #path: string;
  readonly #file: number;
  #buffer: Buffer | null = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #used = 0;
  #isOpen = true;

  /** @throws EnvironmentError if it cannot be made */
  constructor() {
    made += 1;
    this.#path = join(tmpdir(), `matchstream-scratch-${process.pid}-${made}`);
    this.#file = this.#writing(() => openSync(this.#path, 'wx+', 0o600));
    this.#writing(() => unlinkSync(this.#path));
  }

  /** Adds bytes at the end. @throws EnvironmentError where the disk does not take them */
  append(bytes: Uint8Array): void {
    const buffer = (this.#buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES));
    if (this.#used + bytes.length > BUFFER_BYTES) this.#flush();
    if (bytes.length > BUFFER_BYTES) this.#write(bytes);
    else {
      buffer.set(bytes, this.#used);
      this.#used += bytes.length;
    }
  }

  /** Writes what was added, so that it can be read. */
  finish(): void {
    this.#flush();
    this.#buffer = null;
  }

  /** Reads into `into` from a place of the file; returns how many bytes there are. */
  read(into: Uint8Array, placeBytes: number): number {
    let readBytes = 0;
    while (readBytes < into.length) {
      let more: number;
      try {
        more = readSync(this.#file, into, readBytes, into.length - readBytes, placeBytes + readBytes);
      } catch (cause) {
        const why = `cannot read ${this.#path}: ${plainReason(cause)}; check the disk`;
        throw new EnvironmentError('read-failed', why, { cause });
      }
      if (more === 0) break;
      readBytes += more;
    }
    return readBytes;
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }

  #flush(): void {
    if (this.#buffer === null || this.#used === 0) return;
    this.#write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #write(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length;)
      written += this.#writing(() => writeSync(this.#file, bytes, written));
  }

  #writing<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw notWritten(`${this.#path} (TMPDIR names another folder)`, plainReason(cause), cause);
    }
  }
}
