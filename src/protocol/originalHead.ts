/**
 * Reads the sequence number from the head of a stream datagram of the original programs, without parsing the rest.
 *
 * It allocates nothing. Python's `json.dumps` writes white space between tokens, which head.ts does not accept.
 */
import { MAX_DIGITS } from './digits.ts';
import { startsWith } from './head.ts';

const utf8 = new TextEncoder();

/** The tokens before the number; white space may precede each. */
const PARTS: readonly Uint8Array[] = ['{', '"message"', ':', '{', '"count"', ':'].map((part) =>
  utf8.encode(part),
);

/** The first offset from `from` on that is not white space. */
function skipSpace(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    at += 1;
  }
  return at;
}

/**
 * The `count` of a datagram that begins `{"message": {"count": N,` (or `N}`), with any white space.
 *
 * @returns 0 to 2^53 − 1; −1 for any other head: another key first, a sign, a leading zero, a fraction, an exponent, a
 *   string, a number too large, an early end
 */
export function readOriginalCount(bytes: Uint8Array, offset: number, lengthBytes: number): number {
  const end = offset + lengthBytes;
  let at = offset;
  for (let k = 0; k < PARTS.length; k += 1) {
    const part = PARTS[k] as Uint8Array;
    at = skipSpace(bytes, at, end);
    if (!startsWith(bytes, at, end - at, part)) return -1;
    at += part.length;
  }
  const start = skipSpace(bytes, at, end);
  let count = 0;
  for (at = start; at < end; at += 1) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    count = count * 10 + digit;
  }
  const digits = at - start;
  if (digits === 0 || digits > MAX_DIGITS || count > Number.MAX_SAFE_INTEGER) return -1;
  if (digits > 1 && bytes[start] === 0x30) return -1;
  at = skipSpace(bytes, at, end);
  return at < end && (bytes[at] === 0x2c || bytes[at] === 0x7d) ? count : -1;
}
