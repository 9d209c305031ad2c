/**
 * A bank of stream datagrams that are written over and over: each is laid out in full, for a count and a media time
 * with given numbers of digits.
 *
 * Writing one is a copy and some digits, and gives the same bytes as `writeStreamDatagram`. When a number gets more
 * digits, each datagram is laid out again when it is next used: all at once would delay a paced stream. Checked
 * datagrams cannot be laid out: their check changes with the digits.
 *
 * Calling order: `aim` at a place in the stream, then `lengthBytes` and `write` for it.
 */
import { countDigits, writeDecimal } from './digits.ts';
import { HEAD } from './head.ts';
import { templateLength, writeStreamDatagram } from './template.ts';
import type { StreamTemplate } from './template.ts';

/** Where the digits of the count start: the head is ASCII. */
const COUNT_AT = HEAD.length;

interface LaidOut {
  /** The generation it was laid out in. */
  readonly generation: number;
  readonly bytes: Uint8Array;
  /** Where the digits of the media time start. */
  readonly atUsAt: number;
}

export class BankLayout {
  readonly #bank: readonly StreamTemplate[];
  readonly #sizeBytes: number;
  readonly #datagrams: LaidOut[];
  /** Incremented when the number of digits changes. */
  #generation = 0;
  #count = Number.NaN;
  #atUs = Number.NaN;
  #countDigits = 0;
  #atUsDigits = 0;
  // The ranges of counts and media times with the current numbers of digits; empty at first.
  #countFrom = 0;
  #countTo = 0;
  #atUsFrom = 0;
  #atUsTo = 0;

  /**
   * @param sizeBytes every datagram is padded to this; 0 for no padding
   * @throws Error for a checked template
   */
  constructor(bank: readonly StreamTemplate[], sizeBytes: number) {
    if (bank.some(({ isChecked }) => isChecked)) throw new Error('a checked datagram cannot be laid out');
    this.#bank = bank;
    this.#sizeBytes = sizeBytes;
    this.#datagrams = bank.map(() => ({ generation: -1, bytes: new Uint8Array(0), atUsAt: 0 }));
  }

  /** Sets the place in the stream for the calls that follow. */
  aim(count: number, atUs: number): void {
    this.#count = count;
    this.#atUs = atUs;
    const isAsLong =
      count >= this.#countFrom && count < this.#countTo && atUs >= this.#atUsFrom && atUs < this.#atUsTo;
    if (isAsLong) return;
    this.#generation += 1;
    this.#countDigits = countDigits(count);
    this.#atUsDigits = countDigits(atUs);
    this.#countFrom = smallestWith(this.#countDigits);
    this.#countTo = 10 ** this.#countDigits;
    this.#atUsFrom = smallestWith(this.#atUsDigits);
    this.#atUsTo = 10 ** this.#atUsDigits;
  }

  lengthBytes(entry: number): number {
    return this.#laidOut(entry).bytes.length;
  }

  /**
   * Writes one datagram at `at`, where there must be room. Returns its length, bytes. Throws as `writeStreamDatagram`
   * does.
   */
  write(entry: number, into: Uint8Array, at: number): number {
    const { bytes, atUsAt } = this.#laidOut(entry);
    into.set(bytes, at);
    writeDecimal(this.#count, this.#countDigits, into, at + COUNT_AT);
    writeDecimal(this.#atUs, this.#atUsDigits, into, at + atUsAt);
    return bytes.length;
  }

  #laidOut(entry: number): LaidOut {
    const known = this.#datagrams[entry] as LaidOut;
    return known.generation === this.#generation ? known : this.#layOut(entry, known.bytes);
  }

  /** Lays a datagram out for the current numbers of digits, in its former buffer if that has the right size. */
  #layOut(entry: number, former: Uint8Array): LaidOut {
    const template = this.#bank[entry] as StreamTemplate;
    const lengthBytes =
      this.#sizeBytes === 0 ? templateLength(template, this.#count, this.#atUs) : this.#sizeBytes;
    const bytes = former.length === lengthBytes ? former : new Uint8Array(lengthBytes);
    writeStreamDatagram(template, this.#count, this.#atUs, bytes, 0, this.#sizeBytes);
    const atUsAt = COUNT_AT + this.#countDigits + template.middle.length;
    const laidOut = { generation: this.#generation, bytes, atUsAt };
    this.#datagrams[entry] = laidOut;
    return laidOut;
  }
}

/** The smallest number with this many digits; 0 has one. */
const smallestWith = (digits: number): number => (digits === 1 ? 0 : 10 ** (digits - 1));
