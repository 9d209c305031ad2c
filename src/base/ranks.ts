/**
 * Median, percentiles and a rate.
 */

/** The middle value, or the mean of the two in the middle; null without values. Nulls are ignored. */
export function median(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  if (sorted.length === 0) return null;
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}

/**
 * Datagrams a second. n datagrams span n − 1 intervals, because the first only starts the clock. Null for fewer than
 * two.
 */
export const rateOf = (datagrams: number, seconds: number): number | null =>
  datagrams < 2 || seconds <= 0 ? null : (datagrams - 1) / seconds;

/**
 * The smallest value that at least this share of the values does not exceed; null without values.
 * @param sorted in ascending order
 */
export const percentile = (sorted: ArrayLike<number>, share: number): number | null =>
  sorted[Math.max(Math.ceil(share * sorted.length), 1) - 1] ?? null;
