/**
 * Numbers as decimal or hexadecimal text, written straight into a buffer.
 *
 * It allocates nothing and relies on its callers for valid arguments.
 */

const ZERO = 0x30;
const BILLION = 1e9;

/** Decimal digits of the largest safe integer. */
export const MAX_DIGITS = 16;

/** How many decimal digits a safe integer of 0 or more has, 1 to 16. */
export function countDigits(value: number): number {
  let digits = 1;
  for (let power = 10; value >= power; power *= 10) digits += 1;
  return digits;
}

/** Writes exactly `digits` decimal digits, with leading zeros, of a value below 2^31. */
function writeSmall(value: number, digits: number, into: Uint8Array, at: number): void {
  let rest = value | 0;
  for (let place = at + digits - 1; place >= at; place -= 1) {
    const tenth = (rest / 10) | 0;
    into[place] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
}

/** Writes a safe integer of 0 or more that has `digits` decimal digits. Returns the offset after the last digit. */
export function writeDecimal(value: number, digits: number, into: Uint8Array, at: number): number {
  if (value < 0x8000_0000) {
    writeSmall(value, digits, into, at);
  } else {
    // Integer arithmetic wraps above 2^31: the billions and the rest are both below it.
    const billions = Math.floor(value / BILLION);
    writeSmall(billions, digits - 9, into, at);
    writeSmall(value - billions * BILLION, 9, into, at + digits - 9);
  }
  return at + digits;
}

/** Writes an unsigned 32-bit integer as eight lower-case hexadecimal digits. */
export function writeHex32(value: number, into: Uint8Array, at: number): void {
  for (let place = 0; place < 8; place += 1) {
    const nibble = (value >>> (28 - place * 4)) & 0xf;
    into[at + place] = nibble < 10 ? ZERO + nibble : 0x57 + nibble;
  }
}

/** Reads eight lower-case hexadecimal digits; −1 when one of them is anything else. */
export function readHex32(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let place = at; place < at + 8; place += 1) {
    const byte = bytes[place] as number;
    if (byte >= ZERO && byte <= 0x39) value = (value << 4) | (byte - ZERO);
    else if (byte >= 0x61 && byte <= 0x66) value = (value << 4) | (byte - 0x57);
    else return -1;
  }
  return value >>> 0;
}
