/**
 * How many datagrams are overtaken by jumps in a stream: bounds.
 *
 * Computed from the settings alone. Jumps are a renewal process: independent waits and distances, one after the other.
 */
import { chernoffInterval } from './analytic.ts';
import type { Interval } from './analytic.ts';
import type { JumpFields } from './stages/jump.ts';
import { beginRatio } from './stages/jump.ts';

/**
 * Overtaken datagrams among the first `n`, as an interval that holds with a probability of at least 1 − tail (a Chernoff
 * bound, as for losses). Those of a jump that ends behind the n-th count up to there.
 * @param before datagrams before these that are not counted, though a jump may have begun there
 */
export function overtakenInterval(jump: JumpFields['jump'], n: number, tail: number, before = 0): Interval {
  if (jump.ratio === 0 || n === 0) return [0, 0];
  const [, max] = jump.distance;
  // With e^s = growth, e^(θ overtaken − s index) is a martingale at the ends of jumps. The n-th datagram is at most a whole
  // jump before such an end, and at that end the count is at most that of a jump more.
  const lnMoment = (theta: number): number => {
    const lnGrowth = lnGrowthOf(jump, theta);
    return n * lnGrowth + (theta > 0 ? (max + 1) * lnGrowth : -theta * max);
  };
  const [low, high] = chernoffInterval(lnMoment, n, tail);
  return before === 0 ? [low, high] : [Math.max(0, low - max), Math.min(n, high + max)];
}

/** The s for which E[e^(θ overtaken − s indices)] over a wait of one index, or a jump, is 1; found by bisection. */
function lnGrowthOf(jump: JumpFields['jump'], theta: number): number {
  const [min, max] = jump.distance;
  const begins = beginRatio(jump);
  const mean = (s: number): number => {
    let jumps = 0;
    for (let distance = min; distance <= max; distance += 1)
      jumps += Math.exp(theta * distance - s * (distance + 1));
    return (1 - begins) * Math.exp(-s) + (begins * jumps) / (max - min + 1);
  };
  // No index counts more than once.
  let low = Math.min(0, theta);
  let high = Math.max(0, theta);
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (mean(middle) > 1) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
