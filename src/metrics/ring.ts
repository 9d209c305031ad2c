/**
 * Rings that are addressed by count & mask, and grow: most streams are far shorter than the window they may need.
 *
 * Pure. While everything since the start fits, a ring of any power of two behaves like the full one.
 */

/** What a ring starts with, unless its window is smaller. */
const FIRST_CAPACITY = 256;

/** The capacity, a power of two, for `needed` entries at once; never more than `most`, a power of two itself. */
export function capacityFor(needed: number, most: number): number {
  let capacity = Math.min(FIRST_CAPACITY, most);
  while (capacity < needed && capacity < most) capacity *= 2;
  return capacity;
}

/** Moves the entries of `from` .. `to - 1` from one ring into another. */
export function moveEntries(
  ring: Uint8Array | Float64Array,
  larger: Uint8Array | Float64Array,
  from: number,
  to: number,
): void {
  const mask = ring.length - 1;
  const largerMask = larger.length - 1;
  for (let c = from; c < to; c += 1) larger[c & largerMask] = ring[c & mask] as number;
}
