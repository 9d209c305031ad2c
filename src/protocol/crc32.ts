/**
 * CRC-32 as in zlib, PNG and Ethernet: polynomial 0x04C11DB7 reflected, register and result inverted.
 *
 * It works on a range of a buffer, eight bytes a step, without allocation. `node:zlib` is not used: it has `crc32` only
 * since Node 20.15 and needs a new view for every range.
 */

const STEP_BYTES = 8;

/** Table k (256 entries at k × 256): the effect of a byte on the register after k more zero bytes. */
const TABLES = buildTables();

function buildTables(): Int32Array {
  const tables = new Int32Array(256 * STEP_BYTES);
  for (let byte = 0; byte < 256; byte += 1) {
    let register = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      register = (register & 1) === 1 ? (register >>> 1) ^ 0xedb88320 : register >>> 1;
    }
    tables[byte] = register;
  }
  for (let index = 256; index < tables.length; index += 1) {
    const before = tables[index - 256] as number;
    tables[index] = (before >>> 8) ^ (tables[before & 0xff] as number);
  }
  return tables;
}

/**
 * The CRC-32 of bytes `from` .. `to - 1`.
 *
 * @param previous the CRC-32 of what came before the range; 0 at the start
 * @returns an unsigned 32-bit integer
 */
export function crc32(bytes: Uint8Array, from: number, to: number, previous = 0): number {
  let register = ~previous;
  let at = from;
  for (const last = to - STEP_BYTES; at <= last; at += STEP_BYTES) {
    register ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    register =
      (TABLES[0x700 | (register & 0xff)] as number) ^
      (TABLES[0x600 | ((register >>> 8) & 0xff)] as number) ^
      (TABLES[0x500 | ((register >>> 16) & 0xff)] as number) ^
      (TABLES[0x400 | (register >>> 24)] as number) ^
      (TABLES[0x300 | (bytes[at + 4] as number)] as number) ^
      (TABLES[0x200 | (bytes[at + 5] as number)] as number) ^
      (TABLES[0x100 | (bytes[at + 6] as number)] as number) ^
      (TABLES[bytes[at + 7] as number] as number);
  }
  for (; at < to; at += 1) {
    register = (register >>> 8) ^ (TABLES[(register ^ (bytes[at] as number)) & 0xff] as number);
  }
  return ~register >>> 0;
}
