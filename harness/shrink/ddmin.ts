/**
 * Delta debugging: a small part of a list that still fails, found by running.
 *
 * The caller's test is called one run at a time. The algorithm is `ddmin` of A. Zeller and R. Hildebrandt,
 * "Simplifying and Isolating Failure-Inducing Input", IEEE Transactions on Software Engineering 28(2), 2002.
 */

/**
 * A 1-minimal part of `items`: it fails, but without any single one of its items it does not. It need not be the smallest
 * possible.
 * @param items the whole list, which the caller has seen fail
 * @param fails whether a part, in the original order, still fails
 */
export async function ddmin<T>(
  items: readonly T[],
  fails: (part: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let current = items;
  let pieces = 2;
  while (current.length >= 2) {
    const cuts = Array.from({ length: pieces + 1 }, (_, k) => Math.round((k * current.length) / pieces));
    const piece = (k: number): readonly T[] => current.slice(cuts[k], cuts[k + 1]);
    const rest = (k: number): readonly T[] =>
      current.toSpliced(cuts[k] as number, (cuts[k + 1] as number) - (cuts[k] as number));
    const alone = await firstFailing(pieces, piece, fails);
    // With two pieces, the complement of one is the other, which has been tried.
    const without = alone === null && pieces > 2 ? await firstFailing(pieces, rest, fails) : null;
    if (alone !== null) {
      current = alone;
      pieces = 2;
    } else if (without !== null) {
      current = without;
      pieces = Math.max(pieces - 1, 2);
    } else if (pieces === current.length) return current;
    else pieces = Math.min(pieces * 2, current.length);
  }
  return current.length === 1 && (await fails([])) ? [] : current;
}

async function firstFailing<T>(
  pieces: number,
  part: (k: number) => readonly T[],
  fails: (part: readonly T[]) => Promise<boolean>,
): Promise<readonly T[] | null> {
  for (let k = 0; k < pieces; k += 1) {
    const candidate = part(k);
    if (await fails(candidate)) return candidate;
  }
  return null;
}
