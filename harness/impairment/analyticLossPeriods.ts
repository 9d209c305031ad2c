/**
 * How many loss periods (RFC 3357: runs of losses) a loss model makes, on average and at the most, in a stream.
 *
 * Pure arithmetic on the settings; it draws nothing and looks at no schedule. Damage counts as loss: `extraRatio` is the
 * share of what the model lets through that is lost all the same, each datagram on its own.
 */
import { chainLossRatio, chainPairRatio, chernoffInterval, lnPower } from './analytic.ts';
import type { Interval } from './analytic.ts';
import type { DropModel } from './config.ts';
import { lossChain, loneState } from './dropModels.ts';
import type { LossChain } from './dropModels.ts';

export interface LossPeriods {
  /** Long-run mean length of a period, datagrams; Infinity when all is lost. */
  readonly meanLength: number;
  /** Mean number of periods among so many consecutive datagrams. */
  readonly mean: number;
  readonly interval: Interval;
}

/** The chain behind a model, with the extra loss in it; null for a quota, which is none. */
function chainOf(drop: DropModel | null, extraRatio: number): LossChain | null {
  const chain =
    drop === null ? loneState(0) : drop.kind === 'independent' ? loneState(drop.ratio) : lossChain(drop);
  if (chain === null) return null;
  return { ...chain, lossRatios: chain.lossRatios.map((ratio) => ratio + extraRatio - ratio * extraRatio) };
}

/**
 * Periods among `n` consecutive datagrams, with an interval that holds with a probability of at least 1 − tail (a Chernoff
 * bound, as for the losses themselves).
 * @returns null where there is no closed form (a quota), or nothing is lost
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
  // Where every datagram is lost the two differ by rounding alone.
  const startRatio = ratio >= 1 ? 0 : Math.max(0, ratio - chainPairRatio(chain));
  // A period starts at a loss whose predecessor arrived, and the stream's first datagram has none.
  const mean = n === 0 ? 0 : ratio + (n - 1) * startRatio;
  const states = stationary.length;
  const lnMoment = (theta: number): number => {
    // Twice as many states: each with the datagram before it arrived, then each with it lost.
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
