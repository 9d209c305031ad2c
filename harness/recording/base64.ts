/**
 * Decodes base64 (RFC 4648, section 4) from bytes into bytes, and takes only what an encoder writes: the standard alphabet,
 * padded, with zeros in the bits that are left over.
 *
 * It takes four characters at a time, and allocates nothing.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 0x3d;

/** Character → its six bits; −1 for none. */
const VALUES = new Int8Array(256).fill(-1);
for (let value = 0; value < 64; value += 1) VALUES[ALPHABET.charCodeAt(value)] = value;

/** Two characters, the first in the low byte → their twelve bits; −1 where either is none. */
const PAIRS = new Int16Array(65_536).fill(-1);
for (let first = 0; first < 256; first += 1) {
  for (let second = 0; second < 256; second += 1) {
    const [high, low] = [VALUES[first] as number, VALUES[second] as number];
    if (high >= 0 && low >= 0) PAIRS[(second << 8) | first] = (high << 6) | low;
  }
}

/**
 * Decodes the characters from `start` up to `end` into `into` at `at`. Returns the number of bytes; −1 for anything that is
 * not canonical base64. The caller has made room for three bytes to every four characters.
 */
export function decodeBase64(
  from: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
): number {
  if ((end - start) % 4 !== 0) return -1;
  if (end === start) return 0;
  let to = at;
  let k = start;
  for (const last = end - 4; k < last; k += 4) {
    const high = PAIRS[((from[k + 1] as number) << 8) | (from[k] as number)] as number;
    const low = PAIRS[((from[k + 3] as number) << 8) | (from[k + 2] as number)] as number;
    if ((high | low) < 0) return -1;
    into[to] = high >> 4;
    into[to + 1] = (high << 4) | (low >> 8);
    into[to + 2] = low;
    to += 3;
  }
  // The last four may be padded.
  const high = PAIRS[((from[k + 1] as number) << 8) | (from[k] as number)] as number;
  const third = VALUES[from[k + 2] as number] as number;
  const fourth = VALUES[from[k + 3] as number] as number;
  const isPadded = from[k + 3] === PAD;
  if (high < 0 || (fourth < 0 && !isPadded)) return -1;
  into[to] = high >> 4;
  if (isPadded && from[k + 2] === PAD) return (high & 0xf) === 0 ? to + 1 - at : -1;
  if (third < 0) return -1;
  into[to + 1] = (high << 4) | (third >> 2);
  if (isPadded) return (third & 3) === 0 ? to + 2 - at : -1;
  into[to + 2] = (third << 6) | fourth;
  return to + 3 - at;
}
