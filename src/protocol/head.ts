/**
 * Reads the sequence number from the head of a datagram, without parsing the rest.
 *
 * It allocates nothing and reads nothing after the number: the rest is validated by the decoder.
 */
import { MAX_DIGITS } from './digits.ts';

/** The first bytes of every stream datagram of this protocol. */
export const HEAD = '{"message":{"count":';

/** Whether the range starts with these bytes. */
export function startsWith(
  bytes: Uint8Array,
  offset: number,
  lengthBytes: number,
  prefix: Uint8Array,
): boolean {
  if (lengthBytes < prefix.length) return false;
  for (let k = 0; k < prefix.length; k += 1) if (bytes[offset + k] !== prefix[k]) return false;
  return true;
}

/** Whether the bytes there are `HEAD`. Unrolled, because a loop would cost more than the rest of `readCount`. */
const isHead = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x7b &&
  bytes[at + 1] === 0x22 &&
  bytes[at + 2] === 0x6d &&
  bytes[at + 3] === 0x65 &&
  bytes[at + 4] === 0x73 &&
  bytes[at + 5] === 0x73 &&
  bytes[at + 6] === 0x61 &&
  bytes[at + 7] === 0x67 &&
  bytes[at + 8] === 0x65 &&
  bytes[at + 9] === 0x22 &&
  bytes[at + 10] === 0x3a &&
  bytes[at + 11] === 0x7b &&
  bytes[at + 12] === 0x22 &&
  bytes[at + 13] === 0x63 &&
  bytes[at + 14] === 0x6f &&
  bytes[at + 15] === 0x75 &&
  bytes[at + 16] === 0x6e &&
  bytes[at + 17] === 0x74 &&
  bytes[at + 18] === 0x22 &&
  bytes[at + 19] === 0x3a;

/**
 * The `count` of a stream datagram that begins exactly `{"message":{"count":N,` (or `N}`).
 *
 * @returns 0 to 2^53 − 1, although our servers never send 0; −1 for any other head: white space, a sign, a leading
 *   zero, a fraction, an exponent, a string, a number too large, an early end
 */
export function readCount(bytes: Uint8Array, offset: number, lengthBytes: number): number {
  if (lengthBytes < HEAD.length || !isHead(bytes, offset)) return -1;
  const start = offset + HEAD.length;
  const end = offset + lengthBytes;
  let count = 0;
  let at = start;
  for (; at < end; at += 1) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    count = count * 10 + digit;
  }
  const digits = at - start;
  // Seventeen digits always exceed 2^53; sixteen digits are compared, and rounding can only raise them.
  if (digits === 0 || digits > MAX_DIGITS || count > Number.MAX_SAFE_INTEGER) return -1;
  if (digits > 1 && bytes[start] === 0x30) return -1;
  const isComplete = at < end && (bytes[at] === 0x2c || bytes[at] === 0x7d);
  return isComplete ? count : -1;
}
