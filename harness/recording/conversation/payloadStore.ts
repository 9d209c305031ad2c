/**
 * The payloads of a conversation, by row: the first in memory, up to a size, the rest in a scratch file.
 *
 * From the file whole pages are read, for rows near each other are asked for after one another.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';
import { ScratchFile } from '../../../src/files/scratchFile.ts';
import { MAX_DATAGRAM_BYTES } from '../../../src/net/batch.ts';
import type { Payloads } from './conversation.ts';

const FIRST_ROWS = 1024;
const FIRST_BYTES = 1 << 20;
/** A payload begins in its page and may end in the next one, which a page has the beginning of. */
const PAGE_BYTES = 1 << 16;
const PAGES = 32;

interface Page {
  readonly bytes: Buffer;
  /** Its number in the file; −1 for none. */
  number: number;
}

export class PayloadStore implements Payloads {
  bytes: Uint8Array;
  start = 0;
  readonly #keepBytes: number;
  #kept: Buffer;
  #usedBytes = 0;
  #count = 0;
  readonly #offsets = new GrowingColumn(new Float64Array(FIRST_ROWS));
  #scratch: ScratchFile | null = null;
  /** Where the file begins. */
  #keptBytes = Number.POSITIVE_INFINITY;
  readonly #pages: (Page | undefined)[] = [];

  /** @param keepBytes payloads that are kept in memory */
  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
    this.#kept = Buffer.allocUnsafeSlow(Math.min(FIRST_BYTES, keepBytes));
    this.bytes = this.#kept;
  }

  /** Adds the payload of the next row. @throws EnvironmentError where the disk does not take it */
  put(from: Uint8Array, start: number, lengthBytes: number): void {
    const payload = from.subarray(start, start + lengthBytes);
    this.#offsets.fit(this.#count + 1);
    this.#offsets.values[this.#count] = this.#usedBytes;
    this.#count += 1;
    // Once one is in the file, so are all after it.
    if (this.#scratch === null && this.#usedBytes + lengthBytes <= this.#keepBytes) {
      if (this.#usedBytes + lengthBytes > this.#kept.length) this.#grow(this.#usedBytes + lengthBytes);
      this.#kept.set(payload, this.#usedBytes);
    } else {
      if (this.#scratch === null) {
        this.#scratch = new ScratchFile();
        this.#keptBytes = this.#usedBytes;
      }
      this.#scratch.append(payload);
    }
    this.#usedBytes += lengthBytes;
  }

  /** No more are added. */
  finish(): void {
    this.#scratch?.finish();
  }

  find(row: number): void {
    const offset = this.#offsets.values[row] as number;
    if (offset < this.#keptBytes) {
      this.bytes = this.#kept;
      this.start = offset;
      return;
    }
    const place = offset - this.#keptBytes;
    const number = Math.floor(place / PAGE_BYTES);
    this.bytes = this.#page(number).bytes;
    this.start = place - number * PAGE_BYTES;
  }

  close(): void {
    this.#scratch?.close();
  }

  #page(number: number): Page {
    const page = (this.#pages[number % PAGES] ??= {
      bytes: Buffer.allocUnsafeSlow(PAGE_BYTES + MAX_DATAGRAM_BYTES),
      number: -1,
    });
    if (page.number !== number) {
      this.#scratch?.read(page.bytes, number * PAGE_BYTES);
      page.number = number;
    }
    return page;
  }

  #grow(neededBytes: number): void {
    const larger = Buffer.allocUnsafeSlow(
      Math.min(this.#keepBytes, Math.max(neededBytes, 2 * this.#kept.length)),
    );
    this.#kept.copy(larger, 0, 0, this.#usedBytes);
    this.#kept = larger;
  }
}
