/**
 * Ranges of bytes of a payload, such as `0..1,8..11`: those that a comparison ignores, or that an answer copies from its
 * request. Bytes beyond a payload's end do not count.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { MAX_DATAGRAM_BYTES } from '../../../src/net/batch.ts';

/** Offsets `from` .. `to - 1`. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Of the finalizer of MurmurHash3. */
const MIX = 0x85ebca6b;

export class ByteRanges {
  /** In order, without gaps of no bytes between them. */
  readonly ranges: readonly ByteRange[];
  /** Number of bytes in them. */
  readonly sizeBytes: number;
  /** The bytes between and after them; the last range has no end. */
  readonly #others: readonly ByteRange[];

  /** @param given in any order; they may overlap */
  constructor(given: readonly ByteRange[]) {
    const ranges: ByteRange[] = [];
    for (const { from, to } of given.toSorted((one, other) => one.from - other.from)) {
      const last = ranges.at(-1);
      if (last !== undefined && from <= last.to)
        ranges.splice(-1, 1, { from: last.from, to: Math.max(to, last.to) });
      else ranges.push({ from, to });
    }
    this.ranges = ranges;
    this.sizeBytes = ranges.reduce((total, { from, to }) => total + to - from, 0);
    const starts = [0, ...ranges.map(({ to }) => to)];
    const ends = [...ranges.map(({ from }) => from), Number.POSITIVE_INFINITY];
    this.#others = starts
      .map((from, k) => ({ from, to: ends[k] as number }))
      .filter(({ from, to }) => from < to);
  }

  /** A hash of the bytes outside the ranges and of the length, 32 bits. */
  hash(bytes: Uint8Array, start: number, lengthBytes: number, salt: number): number {
    let hash = Math.imul(FNV_OFFSET ^ salt, FNV_PRIME) ^ lengthBytes;
    for (const { from, to } of this.#others) {
      const end = start + Math.min(to, lengthBytes);
      for (let k = start + from; k < end; k += 1) hash = Math.imul(hash ^ (bytes[k] as number), FNV_PRIME);
    }
    // FNV mixes upwards only: without this, the low bits would know nothing of the high bits of any byte.
    hash = Math.imul(hash ^ (hash >>> 15), MIX);
    return (hash ^ (hash >>> 13)) >>> 0;
  }

  /** Whether two payloads have the same length, and the same bytes outside the ranges. */
  areEqualBut(
    one: Uint8Array,
    oneStart: number,
    oneBytes: number,
    other: Uint8Array,
    otherStart: number,
    otherBytes: number,
  ): boolean {
    if (oneBytes !== otherBytes) return false;
    for (const { from, to } of this.#others) {
      const end = Math.min(to, oneBytes);
      for (let k = from; k < end; k += 1) if (one[oneStart + k] !== other[otherStart + k]) return false;
    }
    return true;
  }

  /** The runs of bytes outside the ranges that differ, as far as both payloads go. */
  differences(one: Uint8Array, other: Uint8Array): ByteRange[] {
    const runs: ByteRange[] = [];
    const lengthBytes = Math.min(one.length, other.length);
    for (const { from, to } of this.#others) {
      const end = Math.min(to, lengthBytes);
      let begin = -1;
      for (let k = from; k <= end; k += 1) {
        const differs = k < end && one[k] !== other[k];
        if (differs && begin < 0) begin = k;
        if (differs || begin < 0) continue;
        runs.push({ from: begin, to: k });
        begin = -1;
      }
    }
    return runs;
  }

  /** Writes the bytes in the ranges to `into`, one after the other; those beyond the payload's end are left as they are. */
  extract(bytes: Uint8Array, start: number, lengthBytes: number, into: Uint8Array, at: number): void {
    let to = at;
    for (const range of this.ranges) {
      for (let k = range.from; k < range.to; k += 1, to += 1)
        if (k < lengthBytes) into[to] = bytes[start + k] as number;
    }
  }

  /** Writes what `extract` gave to the same ranges of another payload. */
  insert(from: Uint8Array, at: number, bytes: Uint8Array, start: number, lengthBytes: number): void {
    let next = at;
    for (const range of this.ranges) {
      for (let k = range.from; k < range.to; k += 1, next += 1)
        if (k < lengthBytes) bytes[start + k] = from[next] as number;
    }
  }
}

export const NO_BYTES = new ByteRanges([]);

/** Reads `0..1,8..11` or `4`: offsets from 0, both ends included. @throws UsageError for anything else */
export function readByteRanges(text: string, option: string): ByteRanges {
  return new ByteRanges(
    text.split(',').map((part) => {
      const [, first, last = first] = /^\s*(\d{1,6})(?:\.\.(\d{1,6}))?\s*$/.exec(part) ?? [];
      const from = Number(first ?? Number.NaN);
      const to = Number(last ?? Number.NaN) + 1;
      if (from < to && to <= MAX_DATAGRAM_BYTES) return { from, to };
      throw new UsageError(
        Number.isNaN(from) ? 'value-format' : 'value-range',
        option,
        `expected ranges of bytes FROM..TO from 0 to ${MAX_DATAGRAM_BYTES - 1}, such as 0..1,8..11, got "${text}"; both ends are included`,
      );
    }),
  );
}
