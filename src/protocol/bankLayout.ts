/**
 * A bank of stream datagrams that are written over and over: laid out once, whole, for numbers of a given length.
 *
 * Pure. Writing one is a copy and some digits, and gives the very bytes `writeStreamDatagram` gives. For numbers of
 * another length a new layout is made. Checked datagrams cannot be laid out: their check changes with the digits.
 */
import { countDigits, writeDecimal } from './digits.ts';
import { HEAD } from './head.ts';
import { templateLength, writeStreamDatagram } from './template.ts';
import type { StreamTemplate } from './template.ts';

/** Where the digits of the count start: the head is ASCII. */
const COUNT_AT = HEAD.length;

interface LaidOut {
  readonly bytes: Uint8Array;
  /** Where the digits of the media time start. */
  readonly atUsAt: number;
}

export class BankLayout {
  readonly #countDigits: number;
  readonly #atUsDigits: number;
  readonly #countFrom: number;
  readonly #countTo: number;
  readonly #atUsFrom: number;
  readonly #atUsTo: number;
  readonly #datagrams: readonly LaidOut[];

  /**
   * For counts as long as `count` and media times as long as `atUs`.
   * @param sizeBytes every datagram is padded to this; 0 for no padding
   * @throws Error as `writeStreamDatagram` does, and for a checked template
   */
  constructor(bank: readonly StreamTemplate[], count: number, atUs: number, sizeBytes: number) {
    this.#countDigits = countDigits(count);
    this.#atUsDigits = countDigits(atUs);
    this.#countFrom = this.#countDigits === 1 ? 0 : 10 ** (this.#countDigits - 1);
    this.#countTo = 10 ** this.#countDigits;
    this.#atUsFrom = this.#atUsDigits === 1 ? 0 : 10 ** (this.#atUsDigits - 1);
    this.#atUsTo = 10 ** this.#atUsDigits;
    this.#datagrams = bank.map((template) => {
      if (template.isChecked) throw new Error('a checked datagram cannot be laid out');
      const bytes = new Uint8Array(sizeBytes === 0 ? templateLength(template, count, atUs) : sizeBytes);
      writeStreamDatagram(template, count, atUs, bytes, 0, sizeBytes);
      return { bytes, atUsAt: COUNT_AT + this.#countDigits + template.middle.length };
    });
  }

  /** Whether numbers of this length are what it was made for. */
  suits(count: number, atUs: number): boolean {
    return count >= this.#countFrom && count < this.#countTo && atUs >= this.#atUsFrom && atUs < this.#atUsTo;
  }

  lengthBytes(entry: number): number {
    return (this.#datagrams[entry] as LaidOut).bytes.length;
  }

  /** Writes one of them at `at`, where there is room, with numbers that suit. Returns its length, bytes. */
  write(entry: number, count: number, atUs: number, into: Uint8Array, at: number): number {
    const { bytes, atUsAt } = this.#datagrams[entry] as LaidOut;
    into.set(bytes, at);
    writeDecimal(count, this.#countDigits, into, at + COUNT_AT);
    writeDecimal(atUs, this.#atUsDigits, into, at + atUsAt);
    return bytes.length;
  }
}
