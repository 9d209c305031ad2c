/**
 * Order statistics of the delay stage: the range of a quantile of a number of drawn delays.
 *
 * Computed from the settings alone. A delay rises with its draw, and draws are uniform, so the k-th smallest delay is
 * that of the k-th smallest draw, whose distribution is known exactly.
 */
import { binomialInterval } from './analytic.ts';
import type { DelaySettings } from './config.ts';
import { delayForDrawNs } from './distributions.ts';

/** The largest possible draw. */
const LAST_DRAW = 1 - 2 ** -53;
/** Halvings of the unit interval: much finer than the distribution tables. */
const HALVINGS = 40;

/** Nanoseconds, both ends included. */
export type DelayInterval = readonly [lowNs: number, highNs: number];

/** The largest draw for which `holds` is true, or 0; it is true up to some draw and false above. */
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
 * Interval that the k-th smallest of n delays lies in with a probability of at least 1 − tail.
 * @param rank k, 1 to n
 */
export function orderStatisticNs(
  settings: DelaySettings,
  n: number,
  rank: number,
  tail = 1e-6,
): DelayInterval {
  if (settings.jitterNs === 0) return [settings.delayNs, settings.delayNs];
  // It is at most u if k or more of the n draws are, and above u if fewer are.
  const [low] = lastDraw((draw) => binomialInterval(n, draw, tail)[1] < rank);
  const [, high] = lastDraw((draw) => binomialInterval(n, draw, tail)[0] < rank);
  return [delayForDrawNs(settings, low), delayForDrawNs(settings, high)];
}

/** The longest possible delay, nanoseconds. */
export function longestDelayNs(settings: DelaySettings): number {
  return delayForDrawNs(settings, LAST_DRAW);
}

/** The shortest possible delay, nanoseconds. */
export function shortestDelayNs(settings: DelaySettings): number {
  return delayForDrawNs(settings, 0);
}
