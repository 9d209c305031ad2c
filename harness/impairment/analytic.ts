/**
 * Closed forms: what the knobs give on average, and how far a finite stream may deviate from it.
 *
 * Computed from the settings alone, without draws and without a schedule. Drop lists, outages and a full queue have no
 * probability: their losses are counted from the schedule.
 */
import { sum } from '../../src/base/figures.ts';
import type { DelaySettings, DropModel, ImpairmentConfig } from './config.ts';
import { delayForDrawNs } from './distributions.ts';
import { lossChain, loneState } from './dropModels.ts';
import type { LossChain } from './dropModels.ts';
import { overtakenRatio } from './stages/jump.ts';
import { longestLinkNs } from './stages/rate.ts';
import { cappedRuns } from './stages/dropMaxRun.ts';

/** A range of a count, both ends included. */
export type Interval = readonly [low: number, high: number];

/** Long-run share of the datagrams that a loss model loses, 0 to 1. */
export function meanLossRatio(drop: DropModel | null, maxRun: number | null = null): number {
  if (drop === null) return 0;
  if (maxRun !== null) return meanLossRatio(drop) - cappedRuns(chainOf(drop), maxRun).sparedRatio;
  if (drop.kind === 'independent') return drop.ratio;
  if (drop.kind === 'exact') return drop.lost / drop.block;
  return chainLossRatio(lossChain(drop) as LossChain);
}

/** Long-run share of the datagrams that a chain loses. */
export const chainLossRatio = ({ stationary, lossRatios }: LossChain): number =>
  sum(stationary.map((share, state) => share * (lossRatios[state] as number)));

/** Long-run share of neighbouring pairs of datagrams that a chain loses both of. */
export const chainPairRatio = ({ transitions, stationary, lossRatios }: LossChain): number =>
  sum(
    transitions.map((row, from) => {
      const nextLost = sum(row.map((share, to) => share * (lossRatios[to] as number)));
      return (stationary[from] as number) * (lossRatios[from] as number) * nextLost;
    }),
  );

/** The chain of a model that may be combined with `--drop-max-run`. */
const chainOf = (drop: DropModel): LossChain =>
  drop.kind === 'independent' ? loneState(drop.ratio) : (lossChain(drop) as LossChain);

/** Long-run share of neighbouring pairs of datagrams that are both lost. */
function pairLossRatio(drop: DropModel): number {
  if (drop.kind === 'independent') return drop.ratio ** 2;
  if (drop.kind === 'exact') {
    const { lost, block } = drop;
    // In a block, all pairs but the last lie inside it; the last pair joins two independent blocks.
    const inside = block === 1 ? 0 : (lost * (lost - 1)) / (block * (block - 1));
    return ((block - 1) * inside + (lost / block) ** 2) / block;
  }
  return chainPairRatio(lossChain(drop) as LossChain);
}

/**
 * Mean number of consecutive losses, in datagrams, over a long stream; 0 without loss, Infinity when all is lost.
 * A run ends wherever a loss is followed by an arrival, so it is losses ÷ (losses − pairs of losses).
 */
export function meanLossRun(drop: DropModel | null, maxRun: number | null = null): number {
  const ratio = meanLossRatio(drop, maxRun);
  if (drop === null || ratio === 0) return 0;
  if (maxRun !== null) return ratio / cappedRuns(chainOf(drop), maxRun).runRatio;
  return ratio >= 1 ? Infinity : ratio / (ratio - pairLossRatio(drop));
}

/**
 * Only displacement is counted. Jitter without `keepOrder` also reorders, but by how much depends on the time between
 * datagrams, which is not a setting. What `--reorder` holds and what a jump overtakes are independent of each other.
 */
export function expectedReorderedRatio(config: ImpairmentConfig): number {
  const { reorder, jump } = config;
  return reorder.ratio + (1 - reorder.ratio) * overtakenRatio(jump);
}

/** The q-quantile of the delay that the delay stage adds, nanoseconds; 0 ≤ q < 1. The link's queue is not in it. */
export function delayQuantileNs(delay: DelaySettings | null, q: number): number {
  return delay === null ? 0 : delayForDrawNs(delay, q);
}

/** The largest possible draw: it gives the longest delay. */
const LAST_DRAW = 1 - 2 ** -53;

/**
 * The longest time that the delay stage and the link keep a datagram, nanoseconds: the longest delay, and a full queue.
 * @param maxBytes the largest payload
 */
export function longestStayNs({ delay, rate }: ImpairmentConfig, maxBytes: number): number {
  return delayQuantileNs(delay, LAST_DRAW) + longestLinkNs(rate, maxBytes);
}

/**
 * Range that a binomial count falls in with a probability of at least 1 − tail, from exact quantiles: at most tail / 2
 * outside on each side. Accurate to n = 1e7 and beyond.
 * @param n trials, a whole number, 0 or more
 * @param p probability of each, 0 to 1
 */
export function binomialInterval(n: number, p: number, tail = 1e-6): Interval {
  if (n === 0 || p === 0) return [0, 0];
  if (p === 1) return [n, n];
  // Weights relative to the mode, by the ratio of neighbouring probabilities, then normalised by their sum. Without
  // factorials nothing overflows or cancels. Weights below 1e-30 of the mode are negligible.
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const odds = p / (1 - p);
  const below: number[] = [];
  for (let k = mode, weight = 1; k > 0; k -= 1) {
    weight *= k / ((n - k + 1) * odds);
    if (weight < 1e-30) break;
    below.push(weight);
  }
  const above: number[] = [];
  for (let k = mode, weight = 1; k < n; k += 1) {
    weight *= ((n - k) * odds) / (k + 1);
    if (weight < 1e-30) break;
    above.push(weight);
  }
  // Smallest first, so that no small weight is lost against a large sum.
  const total = sum(below.toReversed()) + sum(above.toReversed()) + 1;
  const budget = (tail / 2) * total;
  return [mode - kept(below, budget), mode + kept(above, budget)];
}

/** Number of weights, nearest first, that remain when the farthest ones, adding up to at most `budget`, are cut off. */
function kept(weights: readonly number[], budget: number): number {
  let outside = 0;
  let count = weights.length;
  while (count > 0) {
    outside += weights[count - 1] as number;
    if (outside > budget) break;
    count -= 1;
  }
  return count;
}

/**
 * Interval of the losses among `n` consecutive datagrams that holds with a probability of at least 1 − tail.
 * Exact for no loss, for `exact` from index 1 on, and (binomial quantiles) for independent loss. For the two Markov
 * models it is a Chernoff bound, P(S ≥ x) ≤ e^(−θx) E[e^(θS)] at the best θ, whose expectation is exact for a chain with
 * a stationary start. The bound holds for bursts and skew as well; a normal approximation with a corrected variance
 * would be too narrow if bursts are few.
 * @param before datagrams before these that the model decided, too, but that are not counted
 */
export function lossInterval(
  drop: DropModel | null,
  n: number,
  tail = 1e-6,
  maxRun: number | null = null,
  before = 0,
): Interval {
  if (drop === null) return [0, 0];
  if (maxRun !== null) {
    const [low, high] = lossInterval(drop, n, tail);
    // At most L / (maxRun + 1) losses of a run of L are spared, and so of all runs together; one more of a run that began
    // before.
    const sparedMost = Math.floor(low / (maxRun + 1)) + (before > 0 ? 1 : 0);
    return [Math.max(0, low - sparedMost), high];
  }
  if (drop.kind === 'independent') return binomialInterval(n, drop.ratio, tail);
  if (drop.kind === 'exact') {
    const { lost, block } = drop;
    // The rest of the block that began before, whole blocks, and the beginning of another.
    const first = Math.min(n, (block - (before % block)) % block);
    const whole = Math.floor((n - first) / block) * lost;
    const last = (n - first) % block;
    const least = (part: number): number => Math.max(0, part - (block - lost));
    return [least(first) + whole + least(last), Math.min(first, lost) + whole + Math.min(last, lost)];
  }
  const chain = visitedPart(lossChain(drop) as LossChain);
  return chernoffInterval((theta) => lnMomentGenerator(chain, n, theta), n, tail);
}

/** Chernoff bounds of a count from 0 to `max`, given ln E[e^(θ count)]. */
export function chernoffInterval(lnMoment: (theta: number) => number, max: number, tail: number): Interval {
  const high = Math.ceil(chernoffEdge(lnMoment, tail / 2, 1)) - 1;
  const low = Math.floor(chernoffEdge(lnMoment, tail / 2, -1)) + 1;
  return [Math.max(0, low), Math.min(max, high)];
}

/**
 * The chain without the states that it is almost never in. In the moment generating function, losses in such a state
 * would grow until everything else is rounded away; at a share of 1e-30 no stream is long enough to contain one.
 */
function visitedPart({ transitions, stationary, lossRatios }: LossChain): LossChain {
  const visited = <T>(values: readonly T[]): T[] =>
    values.filter((_, state) => (stationary[state] as number) > 1e-30);
  return {
    transitions: visited(transitions).map(visited),
    stationary: visited(stationary),
    lossRatios: visited(lossRatios),
  };
}

/**
 * The value that the losses reach (sign 1) or do not exceed (sign −1) with a probability of at most `tail`.
 * For θ of that sign it is (ln E[e^(θS)] − ln tail) / θ; the best θ is found by golden-section search on ln |θ|, along
 * which the bound has a single minimum.
 */
function chernoffEdge(lnMoment: (theta: number) => number, tail: number, sign: 1 | -1): number {
  const edge = (lnTheta: number): number => {
    const theta = sign * Math.exp(lnTheta);
    return (lnMoment(theta) - Math.log(tail)) / theta;
  };
  const golden = (Math.sqrt(5) - 1) / 2;
  let low = Math.log(1e-7);
  let high = Math.log(50);
  for (let step = 0; step < 60; step += 1) {
    const left = high - golden * (high - low);
    const right = low + golden * (high - low);
    if (sign * edge(left) < sign * edge(right)) high = right;
    else low = left;
  }
  return edge((low + high) / 2);
}

/** ln E[e^(θS)] of the losses S among n datagrams: stationary start × (transitions × e^(θ loss))^n, by squaring. */
function lnMomentGenerator(chain: LossChain, n: number, theta: number): number {
  const { transitions, stationary, lossRatios } = chain;
  const growth = lossRatios.map((ratio) => 1 - ratio + ratio * Math.exp(theta));
  return lnPower(
    stationary,
    transitions.map((row) => row.map((share, to) => share * (growth[to] as number))),
    n,
  );
}

/** ln of the sum of start × matrix^n, by squaring; rescaled at every step, so that nothing overflows. */
export function lnPower(start: readonly number[], matrix: readonly (readonly number[])[], n: number): number {
  let square = matrix.map((row) => [...row]);
  let lnSquare = 0;
  let row: number[] = [...start];
  let lnRow = 0;
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) {
      row = square.map((_, to) => sum(row.map((share, from) => share * cell(square, from, to))));
      const size = Math.max(...row);
      row = row.map((value) => value / size);
      lnRow += lnSquare + Math.log(size);
    }
    const product = square.map((line) =>
      line.map((_, to) => sum(line.map((share, via) => share * cell(square, via, to)))),
    );
    const size = Math.max(...product.flat());
    square = product.map((line) => line.map((value) => value / size));
    lnSquare = 2 * lnSquare + Math.log(size);
  }
  return lnRow + Math.log(sum(row));
}

const cell = (matrix: readonly (readonly number[])[], row: number, column: number): number =>
  (matrix[row] as readonly number[])[column] as number;
