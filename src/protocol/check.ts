/**
 * The check of a stream datagram: `message.check`, its last key, eight lower-case hexadecimal digits.
 *
 * It is the CRC-32 of the whole datagram, padding included, with those eight digits taken as the character `0`.
 * Verification allocates nothing. It detects accidental damage, not forgery.
 */
import { crc32 } from './crc32.ts';
import { readHex32, writeHex32 } from './digits.ts';
import { startsWith } from './head.ts';

const utf8 = new TextEncoder();

/** The placeholder of the eight digits. */
export const UNCHECKED = '00000000';
/** What comes before the digits. */
export const CHECK_KEY = ',"check":"';
/** What comes after them: the end of the message object, and the next key. */
const AFTER_CHECK = '"},"timeA"';

const UNCHECKED_BYTES = utf8.encode(UNCHECKED);
const KEY_BYTES = utf8.encode(CHECK_KEY);
const AFTER_BYTES = utf8.encode(AFTER_CHECK);
const CLOSING_BRACE = 0x7d;
/** From the key's comma to the closing brace. */
const BRACE_OFFSET = KEY_BYTES.length + UNCHECKED_BYTES.length + 1;

/** Computes the check of a datagram whose digits, at `digitsAt`, are `00000000`, and writes it there. */
export function sealCheck(bytes: Uint8Array, offset: number, lengthBytes: number, digitsAt: number): void {
  writeHex32(crc32(bytes, offset, offset + lengthBytes), bytes, digitsAt);
}

/**
 * Whether a datagram's check holds.
 *
 * The check is searched for in the form `,"check":"xxxxxxxx"},"timeA"`. Inside a string those quotes would be escaped,
 * so no text of the message can match.
 *
 * @returns `good` or `bad`; `absent` when there is none. Damage to the key also gives `absent`, so a receiver of a
 *   checked stream counts it as `bad`. No single flipped bit leaves a datagram `good`.
 */
export function verifyCheck(
  bytes: Uint8Array,
  offset: number,
  lengthBytes: number,
): 'good' | 'bad' | 'absent' {
  const end = offset + lengthBytes;
  // Braces are rarer than quotes, so the search looks for the brace that closes the message.
  for (let brace = offset + BRACE_OFFSET; brace < end; brace += 1) {
    if (bytes[brace] !== CLOSING_BRACE) continue;
    const keyAt = brace - BRACE_OFFSET;
    const digitsAt = keyAt + KEY_BYTES.length;
    const afterAt = brace - 1;
    if (!startsWith(bytes, keyAt, end - keyAt, KEY_BYTES)) continue;
    if (!startsWith(bytes, afterAt, end - afterAt, AFTER_BYTES)) continue;
    const stated = readHex32(bytes, digitsAt);
    if (stated < 0) continue;
    let actual = crc32(bytes, offset, digitsAt);
    actual = crc32(UNCHECKED_BYTES, 0, UNCHECKED_BYTES.length, actual);
    actual = crc32(bytes, afterAt, end, actual);
    return actual === stated ? 'good' : 'bad';
  }
  return 'absent';
}
