/**
 * Where the quantiles of so many drawn delays lie: the order statistics of the delay stage.
 *
 * Pure arithmetic on the settings; it draws nothing. A delay rises with its draw, and draws are uniform, so the k-th
 * smallest delay is that of the k-th smallest draw, whose distribution is known exactly.
 */
import { binomialInterval } from './analytic.ts';
import type { DelaySettings } from './config.ts';
import { delayForDrawNs } from './distributions.ts';

/** The last draw there is. */
const LAST_DRAW = 1 - 2 ** -53;
/** Halvings of the unit interval: finer than the tables by far. */
const HALVINGS = 40;

/** Nanoseconds, both included. */
export type DelayInterval = readonly [lowNs: number, highNs: number];

/** The largest draw of which `holds` is true, or 0; it holds up to some draw and from there on no more. */
function lastDraw(holds: (draw: number) => boolean): readonly [holding: number, beyond: number] {
  let low = 0;
  let high = 1;
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return [low, Math.min(high, LAST_DRAW)];
}

/**
 * The k-th smallest of n delays lies in this interval with a probability of at least 1 − tail.
 * @param rank k, 1 to n
 */
export function orderStatisticNs(
  settings: DelaySettings,
  n: number,
  rank: number,
  tail = 1e-6,
): DelayInterval {
  if (settings.jitterNs === 0) return [settings.delayNs, settings.delayNs];
  // It is at most u when k or more of the n draws are, and above u when fewer are.
  const [low] = lastDraw((draw) => binomialInterval(n, draw, tail)[1] < rank);
  const [, high] = lastDraw((draw) => binomialInterval(n, draw, tail)[0] < rank);
  return [delayForDrawNs(settings, low), delayForDrawNs(settings, high)];
}

/** The longest delay there is, nanoseconds. */
export function longestDelayNs(settings: DelaySettings): number {
  return delayForDrawNs(settings, LAST_DRAW);
}

/** The shortest, likewise. */
export function shortestDelayNs(settings: DelaySettings): number {
  return delayForDrawNs(settings, 0);
}
