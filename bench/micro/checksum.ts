/**
 * The checksum of a benchmark's results: 32-bit FNV-1a, over bytes or over whole words.
 *
 * It uses the results, so that the compiler cannot remove the work, and shows when a result changes. Each step is
 * reversible, so one changed value always changes the sum.
 */

/** The initial sum: FNV's offset basis. */
export const EMPTY = 0x811c9dc5 | 0;

const PRIME = 0x01000193;

/** Adds one 32-bit word: one step of FNV-1a, cheap enough for a measured loop. */
export const mixWord = (sum: number, word: number): number => Math.imul(sum ^ word, PRIME);

/** Adds bytes `from` .. `to - 1`, one step per byte. */
export function mixBytes(sum: number, bytes: Uint8Array, from = 0, to = bytes.length): number {
  let mixed = sum;
  for (let at = from; at < to; at += 1) mixed = mixWord(mixed, bytes[at] as number);
  return mixed;
}

/** Adds a text, one step per UTF-16 unit. */
export function mixText(sum: number, text: string): number {
  let mixed = sum;
  for (let at = 0; at < text.length; at += 1) mixed = mixWord(mixed, text.charCodeAt(at));
  return mixed;
}

/** The sum as text: eight hexadecimal digits. */
export const formatSum = (sum: number): string => (sum >>> 0).toString(16).padStart(8, '0');
