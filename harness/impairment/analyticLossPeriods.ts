/**
 * How many loss periods (RFC 3357: runs of losses) a loss model makes in a stream: mean and bounds.
 *
 * Computed from the settings alone. Corruption counts as loss: `extraRatio` is the share of the datagrams passed by the
 * model that are lost independently of each other.
 */
import { chainLossRatio, chainPairRatio, chernoffInterval, lnPower } from './analytic.ts';
import type { Interval } from './analytic.ts';
import type { DropModel } from './config.ts';
import { lossChain, loneState } from './dropModels.ts';
import type { LossChain } from './dropModels.ts';

export interface LossPeriods {
  /** Long-run mean length of a period, datagrams; Infinity when all is lost. */
  readonly meanLength: number;
  /** Mean number of periods among `n` consecutive datagrams. */
  readonly mean: number;
  readonly interval: Interval;
}

/** The chain of a model, including the extra loss; null for `exact`, which has none. */
function chainOf(drop: DropModel | null, extraRatio: number): LossChain | null {
  const chain =
    drop === null ? loneState(0) : drop.kind === 'independent' ? loneState(drop.ratio) : lossChain(drop);
  if (chain === null) return null;
  return { ...chain, lossRatios: chain.lossRatios.map((ratio) => ratio + extraRatio - ratio * extraRatio) };
}

/**
 * Periods among `n` consecutive datagrams, with an interval that holds with a probability of at least 1 − tail (a
 * Chernoff bound, as for losses).
 * @returns null if there is no closed form (`exact`) or no loss
 */
export function lossPeriods(
  drop: DropModel | null,
  extraRatio: number,
  n: number,
  tail = 1e-6,
): LossPeriods | null {
  const chain = chainOf(drop, extraRatio);
  if (chain === null) return null;
  const { transitions, stationary, lossRatios } = chain;
  const ratio = chainLossRatio(chain);
  if (ratio === 0) return null;
  // If every datagram is lost, the two differ only by rounding.
  const startRatio = ratio >= 1 ? 0 : Math.max(0, ratio - chainPairRatio(chain));
  // A period starts at a loss whose predecessor arrived; the first datagram has no predecessor.
  const mean = n === 0 ? 0 : ratio + (n - 1) * startRatio;
  const states = stationary.length;
  const lnMoment = (theta: number): number => {
    // Two copies of each state: first those after an arrival, then those after a loss.
    const steps = Array.from({ length: 2 * states }, (_, from) =>
      Array.from({ length: 2 * states }, (__, to) => {
        const share = (transitions[from % states] as readonly number[])[to % states] as number;
        const lossRatio = lossRatios[to % states] as number;
        if (to < states) return share * (1 - lossRatio);
        return share * lossRatio * (from < states ? Math.exp(theta) : 1);
      }),
    );
    return lnPower([...stationary, ...stationary.map(() => 0)], steps, n);
  };
  return {
    meanLength: startRatio === 0 ? Infinity : ratio / startRatio,
    mean,
    interval: chernoffInterval(lnMoment, Math.ceil(n / 2), tail),
  };
}
