/**
 * Whether a word is likely a misspelling of another.
 */

/**
 * Whether two words differ by one inserted, missing, wrong or swapped letter; for long words by two.
 */
export function isNear(a: string, b: string): boolean {
  const max = Math.min(a.length, b.length) > 8 ? 2 : 1;
  return Math.abs(a.length - b.length) <= max && distance(a, b) <= max;
}

/** The fewest insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function distance(a: string, b: string): number {
  let twoAbove: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let min = Math.min(
        (above[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (above[j - 1] as number) + change,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        min = Math.min(min, (twoAbove[j - 2] as number) + 1);
      row.push(min);
    }
    twoAbove = above;
    above = row;
  }
  return above[b.length] as number;
}
