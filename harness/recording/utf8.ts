/**
 * Well-formed UTF-8, one character at a time, for loops over bytes that must not allocate.
 *
 * It follows the table of well-formed byte sequences in the Unicode Standard (table 3-7).
 */

/** Length in bytes, 2 to 4, of the multi-byte character that starts at `at` and ends before `end`; 0 if there is none. */
export function utf8Length(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number;
  const lengthBytes = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (lengthBytes === 0 || at + lengthBytes > end) return 0;
  // The second byte's range is narrower after four leads: no overlong forms, no surrogates, nothing above U+10FFFF.
  const second = bytes[at + 1] as number;
  const min = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const max = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < min || second > max) return 0;
  for (let k = 2; k < lengthBytes; k += 1) if (((bytes[at + k] as number) & 0xc0) !== 0x80) return 0;
  return lengthBytes;
}
