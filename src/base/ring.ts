/**
 * Growing rings, addressed by number & mask: most streams need far less than the maximum length.
 *
 * As long as all entries since the start fit, a ring of any power of two behaves like one of full length.
 */
import type { Numbers } from './growingColumn.ts';

/** The initial length of a ring, unless its maximum is smaller. */
const FIRST_LENGTH = 32;

/** The length, a power of two, for `needed` entries; at most `max`, itself a power of two. */
export function ringLength(needed: number, max = Infinity): number {
  let length = Math.min(FIRST_LENGTH, max);
  while (length < needed && length < max) length *= 2;
  return length;
}

/** A longer ring of the same type with the entries numbered `from` .. `to - 1`. */
export function longerRing<Ring extends Numbers>(ring: Ring, length: number, from: number, to: number): Ring {
  const longer = new (ring.constructor as new (length: number) => Ring)(length);
  const mask = ring.length - 1;
  const longerMask = length - 1;
  for (let k = from; k < to; k += 1) longer[k & longerMask] = ring[k & mask] as number;
  return longer;
}
