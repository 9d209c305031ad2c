/**
 * A payload as JSON text, written and read: escapes as this format writes them, UTF-8 that is well-formed.
 *
 * Bytes that are the same in both, ASCII but control characters, quotes and backslashes, are copied four at a time. It
 * allocates nothing but a view of each buffer that it is given, once for as long as the buffers are the same.
 */
import { utf8Length } from './utf8.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const U = 0x75;
const HEX = Buffer.from('0123456789abcdef');
const WORD_BYTES = 4;

/** In ESCAPES: byte of a multi-byte UTF-8 character. */
const MULTIBYTE = 1;
/** Byte → 0 if JSON text has it unescaped, MULTIBYTE, or the character after the backslash: a letter, or `u` for four digits. */
const ESCAPES = new Uint8Array(256).fill(U, 0, 0x20).fill(MULTIBYTE, 0x80);
/** Letter after a backslash → the byte it means; 0 for none. */
const ESCAPED = new Uint8Array(256);
for (const [char, letter] of ['""', '\\\\', '\bb', '\ff', '\nn', '\rr', '\tt']) {
  ESCAPES[(char as string).charCodeAt(0)] = (letter as string).charCodeAt(0);
  ESCAPED[(letter as string).charCodeAt(0)] = (char as string).charCodeAt(0);
}

/** Views of the buffers used last: frames are copied from one to another, thousands in a row. */
let source: Uint8Array = new Uint8Array(0);
let sourceView = new DataView(source.buffer);
let target: Uint8Array = source;
let targetView = sourceView;

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

function aim(from: Uint8Array, into: Uint8Array): void {
  if (from !== source) {
    source = from;
    sourceView = viewOf(from);
  }
  if (into !== target) {
    target = into;
    targetView = viewOf(into);
  }
}

/**
 * The highest bit of each byte of a word that is not plain: above 0x7f, below 0x20, a quote or a backslash. Above the first
 * such byte a borrow may set others.
 */
const specialsOf = (word: number): number =>
  (word |
    (word - 0x2020_2020) |
    ((word ^ 0x2222_2222) - 0x0101_0101) |
    ((word ^ 0x5c5c_5c5c) - 0x0101_0101)) &
  0x8080_8080;

/** Bytes before the first that is not plain. */
const plainBefore = (specials: number): number => (31 - Math.clz32(specials & -specials)) >> 3;

/** Text of escapes, as of a payload of zeros, is up to six times as long as its bytes: base64 is four thirds. */
const textLimit = (lengthBytes: number): number => 2 * lengthBytes + 16;

/**
 * Writes bytes `start` .. `end - 1` of a payload as text; returns its end, or −1 if they are not UTF-8 or the text is too
 * long. The caller has made room for six times as many.
 */
export function writeText(into: Buffer, at: number, from: Uint8Array, start: number, end: number): number {
  aim(from, into);
  // What is local is not looked up again for each word.
  const words = sourceView;
  const out = targetView;
  const lastWord = end - WORD_BYTES;
  const limit = at + textLimit(end - start);
  let to = at;
  let k = start;
  while (k < end) {
    for (; k <= lastWord; k += WORD_BYTES, to += WORD_BYTES) {
      const word = words.getInt32(k, true);
      const specials = specialsOf(word);
      // What of it is not plain is overwritten.
      out.setInt32(to, word, true);
      if (specials === 0) continue;
      const plainBytes = plainBefore(specials);
      k += plainBytes;
      to += plainBytes;
      break;
    }
    if (k === end) break;
    const byte = from[k] as number;
    const escape = ESCAPES[byte] as number;
    if (escape === 0) {
      into[to] = byte;
      k += 1;
      to += 1;
    } else if (escape === MULTIBYTE) {
      const next = k + utf8Length(from, k, end);
      if (next === k) return -1;
      while (k < next) into[to++] = from[k++] as number;
    } else {
      into[to] = BACKSLASH;
      into[to + 1] = escape;
      k += 1;
      to += 2;
      if (escape === U) to = writeHex(into, to, byte);
      if (to > limit) return -1;
    }
  }
  return to > limit ? -1 : to;
}

/** Writes four hex digits. */
function writeHex(into: Buffer, at: number, byte: number): number {
  into[at] = 0x30;
  into[at + 1] = 0x30;
  into[at + 2] = HEX[byte >> 4] as number;
  into[at + 3] = HEX[byte & 15] as number;
  return at + 4;
}

/** Bytes that the last `readText` put into the arena: a second result, kept here to avoid an object a frame. */
export let textBytes = 0;

/**
 * Unescapes the text that begins at `start` into `into` at `at`. Returns the position of its closing quote; −1 for none
 * before `end`, and for text that this module would not write. The caller has made room for `end - start` bytes.
 */
export function readText(from: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  aim(from, into);
  // What is local is not looked up again for each word.
  const words = sourceView;
  const out = targetView;
  const lastWord = end - WORD_BYTES;
  let to = at;
  let k = start;
  while (k < end) {
    for (; k <= lastWord; k += WORD_BYTES, to += WORD_BYTES) {
      const word = words.getInt32(k, true);
      const specials = specialsOf(word);
      out.setInt32(to, word, true);
      if (specials === 0) continue;
      const plainBytes = plainBefore(specials);
      k += plainBytes;
      to += plainBytes;
      break;
    }
    if (k === end) return -1;
    const byte = from[k] as number;
    if (byte === QUOTE) {
      textBytes = to - at;
      return k;
    }
    if (byte === BACKSLASH) {
      const letter = from[k + 1] as number;
      const meant = letter === U ? controlCode(from, k + 2) : (ESCAPED[letter] as number);
      if (meant < 0 || (meant === 0 && letter !== U)) return -1;
      into[to] = meant;
      k += letter === U ? 6 : 2;
      to += 1;
    } else if (byte >= 0x80) {
      const next = k + utf8Length(from, k, end);
      if (next === k) return -1;
      while (k < next) into[to++] = from[k++] as number;
    } else if (byte >= 0x20) {
      into[to] = byte;
      k += 1;
      to += 1;
    } else return -1;
  }
  return -1;
}

/** The value of four hex digits that spell a control character in lower case; −1 for any other. */
function controlCode(bytes: Uint8Array, at: number): number {
  const high = bytes[at + 2] as number;
  if (bytes[at] !== 0x30 || bytes[at + 1] !== 0x30 || (high !== 0x30 && high !== 0x31)) return -1;
  const digit = bytes[at + 3] as number;
  if (digit >= 0x30 && digit <= 0x39) return (high - 0x30) * 16 + digit - 0x30;
  return digit >= 0x61 && digit <= 0x66 ? (high - 0x30) * 16 + digit - 0x61 + 10 : -1;
}
