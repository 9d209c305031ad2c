/**
 * The Mann-Whitney U test (Mann and Whitney 1947): whether one of two samples tends to have larger values.
 *
 * The distribution is the exact one of all ways to divide the values that were seen, ties included, so it holds for the smallest
 * samples; from 60 values on it is approximated by a normal one, with the correction for ties.
 */
import { upperGamma } from '../fit/specialFunctions.ts';

/** Up to so many values, both samples together, the distribution is exact. */
const MAX_EXACT = 60;

export interface RankTest {
  /** Probability of a difference at least as large, in either direction, if there is none. */
  readonly p: number;
  /** Share of pairs in which the second sample's value is the larger one, ties counting half: 0.5 means no difference. */
  readonly superiority: number;
}

/** @param first @param second at least one value each */
export function mannWhitney(first: readonly number[], second: readonly number[]): RankTest {
  const ranks = doubledRanks([...first, ...second]);
  const [n, m] = [first.length, second.length];
  let sum = 0;
  for (let k = 0; k < n; k += 1) sum += ranks[k] as number;
  // U counts pairs in which the first is larger: R − n(n + 1)/2, with doubled ranks.
  const u = (sum - n * (n + 1)) / 2;
  const superiority = 1 - u / (n * m);
  const p = n + m <= MAX_EXACT ? exactP(ranks, n, sum) : normalP(ranks, n, m, u);
  return { p, superiority };
}

/** Twice the rank of each value, so that the mean rank of ties is a whole number. */
function doubledRanks(values: readonly number[]): number[] {
  const order = values
    .map((_value, k) => k)
    .toSorted((a, b) => (values[a] as number) - (values[b] as number));
  const ranks: number[] = [];
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to += 1;
    // Ranks from + 1 to `to`: twice their mean is from + 1 + to.
    for (let k = from; k < to; k += 1) ranks[order[k] as number] = from + 1 + to;
    from = to;
  }
  return ranks;
}

/** Counts the ways to choose `size` of the ranks by their sum. */
function exactP(ranks: readonly number[], size: number, sum: number): number {
  const most = ranks.reduce((total, rank) => total + rank, 0);
  const ways = Array.from({ length: size + 1 }, () => new Float64Array(most + 1));
  (ways[0] as Float64Array)[0] = 1;
  for (const [seen, rank] of ranks.entries()) {
    for (let chosen = Math.min(seen + 1, size); chosen >= 1; chosen -= 1) {
      const [with_, without] = [ways[chosen] as Float64Array, ways[chosen - 1] as Float64Array];
      for (let total = most; total >= rank; total -= 1)
        with_[total] = (with_[total] as number) + (without[total - rank] as number);
    }
  }
  const counts = ways[size] as Float64Array;
  // The expected sum of the chosen is their share of all.
  const mean = (most * size) / ranks.length;
  const distance = Math.abs(sum - mean);
  let [all, extreme] = [0, 0];
  for (const [total, count] of counts.entries()) {
    all += count;
    if (Math.abs(total - mean) >= distance - 1e-9) extreme += count;
  }
  return extreme / all;
}

function normalP(ranks: readonly number[], n: number, m: number, u: number): number {
  const total = n + m;
  const tied = new Map<number, number>();
  for (const rank of ranks) tied.set(rank, (tied.get(rank) ?? 0) + 1);
  let ties = 0;
  for (const count of tied.values()) ties += count ** 3 - count;
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  if (variance === 0) return 1;
  // Half a step nearer to the mean, because U is a whole number.
  const distance = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5);
  // erfc(x) is the regularised upper gamma function of 1/2 and x².
  return upperGamma(0.5, distance ** 2 / (2 * variance));
}
