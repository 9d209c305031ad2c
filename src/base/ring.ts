/**
 * Rings that are addressed by number & mask, and grow: most streams are far shorter than what they may need room for.
 *
 * While everything since the start fits, a ring of any power of two behaves like the full one.
 */
import type { Numbers } from './growingColumn.ts';

/** What a ring starts with, unless it never needs so many. */
const FIRST_LENGTH = 256;

/** The length, a power of two, for `needed` entries at once; never more than `most`, a power of two itself. */
export function ringLength(needed: number, max = Infinity): number {
  let length = Math.min(FIRST_LENGTH, max);
  while (length < needed && length < max) length *= 2;
  return length;
}

/** A longer ring of the same kind, with the entries numbered `from` .. `to - 1` in it. */
export function longerRing<Ring extends Numbers>(ring: Ring, length: number, from: number, to: number): Ring {
  const longer = new (ring.constructor as new (length: number) => Ring)(length);
  const mask = ring.length - 1;
  const longerMask = length - 1;
  for (let k = from; k < to; k += 1) longer[k & longerMask] = ring[k & mask] as number;
  return longer;
}
