/**
 * The checksum of what a benchmark computed: FNV-1a of 32 bits, over bytes or over whole words.
 *
 * It makes the work's result used, so that no compiler drops the work, and shows when a result changes. A step is
 * reversible, so one changed value always changes the sum. It protects against nothing else.
 */

/** The sum of nothing: FNV's offset basis. */
export const EMPTY = 0x811c9dc5 | 0;

const PRIME = 0x01000193;

/** Adds one 32-bit word: one step of FNV-1a, cheap enough to stand in a measured loop. */
export const mixWord = (sum: number, word: number): number => Math.imul(sum ^ word, PRIME);

/** Adds bytes `from` .. `to - 1`, a step each. */
export function mixBytes(sum: number, bytes: Uint8Array, from = 0, to = bytes.length): number {
  let mixed = sum;
  for (let at = from; at < to; at += 1) mixed = mixWord(mixed, bytes[at] as number);
  return mixed;
}

/** Adds a text, a step for each of its UTF-16 units. */
export function mixText(sum: number, text: string): number {
  let mixed = sum;
  for (let at = 0; at < text.length; at += 1) mixed = mixWord(mixed, text.charCodeAt(at));
  return mixed;
}

/** The sum as it is printed: eight hexadecimal digits. */
export const formatSum = (sum: number): string => (sum >>> 0).toString(16).padStart(8, '0');
