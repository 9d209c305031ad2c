/**
 * Copies bytes that are the same in a payload and in JSON text: ASCII but control characters, quotes and backslashes.
 *
 * It takes four bytes at a time, allocates nothing, and knows no escapes.
 */

/** What a view was made of last: frames are read from one buffer into another, thousands in a row. */
let source: Uint8Array = new Uint8Array(0);
let sourceView = new DataView(source.buffer);
let target: Uint8Array = source;
let targetView = sourceView;

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const isPlain = (byte: number): boolean =>
  byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH;

/**
 * Copies plain bytes of `from`, from `start` up to the first that is not plain, or to `end`. Returns how many. The caller
 * has made room for `end - start` bytes at `at` of `into`.
 */
export function copyPlain(
  from: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
): number {
  if (from !== source) {
    source = from;
    sourceView = viewOf(from);
  }
  if (into !== target) {
    target = into;
    targetView = viewOf(into);
  }
  const distance = at - start;
  const lastWord = end - 4;
  let k = start;
  for (; k <= lastWord; k += 4) {
    const word = sourceView.getInt32(k, true);
    // In each byte the highest bit is set if it is: of a byte above 0x7f, below 0x20, equal to a quote or to a backslash. A
    // borrow from a lower byte only adds to what is set anyway.
    const isSpecial =
      word |
      (word - 0x2020_2020) |
      ((word ^ 0x2222_2222) - 0x0101_0101) |
      ((word ^ 0x5c5c_5c5c) - 0x0101_0101);
    if ((isSpecial & 0x8080_8080) !== 0) break;
    targetView.setInt32(k + distance, word, true);
  }
  for (; k < end; k += 1) {
    const byte = from[k] as number;
    if (!isPlain(byte)) break;
    into[k + distance] = byte;
  }
  return k - start;
}
