/**
 * What the knobs promise on average, and how far a finite stream may stray from it.
 *
 * Pure arithmetic on the settings; it draws nothing and looks at no schedule. Drop lists, outages and a full queue are
 * no probabilities: what they lose is counted from the schedule, not here.
 */
import { sum } from '../../src/base/figures.ts';
import type { DelaySettings, DropModel, ImpairmentConfig } from './config.ts';
import { delayForDrawNs } from './distributions.ts';
import { lossChain, loneState } from './dropModels.ts';
import type { LossChain } from './dropModels.ts';
import { cappedRuns } from './stages/dropMaxRun.ts';

/** Whole numbers that a count falls between, both included. */
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

/** The chain behind a model that a cap on runs may stand beside. */
const chainOf = (drop: DropModel): LossChain =>
  drop.kind === 'independent' ? loneState(drop.ratio) : (lossChain(drop) as LossChain);

/** Long-run share of neighbouring pairs of datagrams that are both lost. */
function pairLossRatio(drop: DropModel): number {
  if (drop.kind === 'independent') return drop.ratio ** 2;
  if (drop.kind === 'exact') {
    const { lost, block } = drop;
    // Of a block's pairs all but one lie inside it; the last straddles two blocks that know nothing of each other.
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
 * Share of the delivered datagrams that RFC 4737 counts as reordered, up to what is flushed at the end of a stream.
 * Only displacement is counted: jitter without `keepOrder` reorders by how far apart datagrams are, which no
 * setting knows.
 */
export function expectedReorderedRatio(config: ImpairmentConfig): number {
  return config.reorder.ratio;
}

/** The q-quantile of the delay that the delay stage adds, nanoseconds; 0 ≤ q < 1. The link's queue is not in it. */
export function delayQuantileNs(delay: DelaySettings | null, q: number): number {
  return delay === null ? 0 : delayForDrawNs(delay, q);
}

/** The last draw there is: what a delay comes to at the most. */
const LAST_DRAW = 1 - 2 ** -53;

/**
 * How long the stages that go by time keep a datagram at the most, nanoseconds: the longest delay, and a full queue.
 * @param mostBytes the largest payload
 */
export function longestStayNs({ delay, rate }: ImpairmentConfig, mostBytes: number): number {
  const queueNs = rate === null ? 0 : ((rate.queueDatagrams + 1) * 8e9 * mostBytes) / rate.rateBps;
  return delayQuantileNs(delay, LAST_DRAW) + queueNs;
}

/**
 * Counts between which a binomial variable falls with a probability of at least 1 − tail: exact quantiles, at most
 * tail / 2 outside on either side. Good to n = 1e7 and beyond.
 * @param n trials, a whole number, 0 or more
 * @param p probability of each, 0 to 1
 */
export function binomialInterval(n: number, p: number, tail = 1e-6): Interval {
  if (n === 0 || p === 0) return [0, 0];
  if (p === 1) return [n, n];
  // Weights relative to the mode, by the ratio of neighbouring probabilities; their sum makes them probabilities.
  // No factorial, so nothing overflows and nothing cancels. Beyond 1e-30 of the mode they no longer matter.
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

/** How many of the weights, nearest first, stay once the farthest that add up to at most `budget` are cut off. */
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
 * Losses among `n` consecutive datagrams: an interval that holds with a probability of at least 1 − tail.
 * Exact for no loss, for `exact` from index 1 on, and (binomial quantiles) for independent loss. For the two Markov
 * models it is widened by their bursts: a Chernoff bound, P(S ≥ x) ≤ e^(−θx) E[e^(θS)] at the best θ, whose
 * expectation is exact for a chain with a stationary start. It promises the tail, bursts and skew included; a normal
 * approximation with a corrected variance would fall short of it where bursts are few.
 */
export function lossInterval(
  drop: DropModel | null,
  n: number,
  tail = 1e-6,
  maxRun: number | null = null,
): Interval {
  if (drop === null) return [0, 0];
  if (maxRun !== null) {
    const [low, high] = lossInterval(drop, n, tail);
    // A run of L losses has at most L / (maxRun + 1) of them spared, and so have all runs together.
    return [low - Math.floor(low / (maxRun + 1)), high];
  }
  if (drop.kind === 'independent') return binomialInterval(n, drop.ratio, tail);
  if (drop.kind === 'exact') {
    const { lost, block } = drop;
    const whole = Math.floor(n / block) * lost;
    const rest = n % block;
    return [whole + Math.max(0, rest - (block - lost)), whole + Math.min(rest, lost)];
  }
  const chain = visitedPart(lossChain(drop) as LossChain);
  return chernoffInterval((theta) => lnMomentGenerator(chain, n, theta), n, tail);
}

/** Chernoff bounds of a count from 0 to `most`, given ln E[e^(θ count)]. */
export function chernoffInterval(lnMoment: (theta: number) => number, most: number, tail: number): Interval {
  const high = Math.ceil(chernoffEdge(lnMoment, tail / 2, 1)) - 1;
  const low = Math.floor(chernoffEdge(lnMoment, tail / 2, -1)) + 1;
  return [Math.max(0, low), Math.min(most, high)];
}

/**
 * A chain without the states it is practically never in. Losses in such a state would outgrow everything else in the
 * moment generator until the rest is rounded to nothing; at a share of 1e-30 no stream is long enough to see one.
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
 * The value that losses reach (sign 1) or stay at or under (sign −1) with a probability of at most `tail`.
 * For θ of that sign it is (ln E[e^(θS)] − ln tail) / θ; the best θ is found by golden section on ln |θ|, along which
 * the bound has a single dip.
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

/** ln E[e^(θS)] of the losses S among n datagrams: the start's shares × (transitions × e^(θ loss))^n, by squaring. */
function lnMomentGenerator(chain: LossChain, n: number, theta: number): number {
  const { transitions, stationary, lossRatios } = chain;
  const growth = lossRatios.map((ratio) => 1 - ratio + ratio * Math.exp(theta));
  return lnPower(
    stationary,
    transitions.map((row) => row.map((share, to) => share * (growth[to] as number))),
    n,
  );
}

/** ln of the sum of start × matrix^n, by squaring; rescaled all the way, so that nothing overflows. */
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
