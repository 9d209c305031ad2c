/**
 * The random loss models: from uniform draws to losses, for a run of consecutive indices at a time.
 *
 * The caller draws. A model carries one number of state from one run to the next: the state of its chain, or the losses
 * left in its block. Draw k always belongs to index k, whatever the model.
 */
import { causeCode } from './causes.ts';
import type { DropModel } from './stages/drop.ts';

export const OUTAGE = causeCode('outage');
const INDEPENDENT = causeCode('independent');
const EXACT = causeCode('exact');
const BURST = causeCode('burst');
const STATE = causeCode('state');

const CAUSES: Readonly<Record<DropModel['kind'], number>> = {
  independent: INDEPENDENT,
  exact: EXACT,
  gilbertElliott: BURST,
  markov4: STATE,
};

/** The cause code of a model's losses. */
export const causeOf = (drop: DropModel): number => CAUSES[drop.kind];

/** A Markov chain that loses datagrams: its transitions, its start, and the loss probability of each state. */
export interface LossChain {
  /** Row: from; column: to. Each row adds up to 1. */
  readonly transitions: readonly (readonly number[])[];
  /** Long-run share of each state; also where the chain starts. */
  readonly stationary: readonly number[];
  readonly lossRatios: readonly number[];
}

/** Independent loss: a chain of one state. */
export const loneState = (ratio: number): LossChain => ({
  transitions: [[1]],
  stationary: [1],
  lossRatios: [ratio],
});

/** The probability of staying; never below 0, because decimal fractions that should add up to 1 may exceed it slightly. */
const stay = (one: number, other: number): number => Math.max(0, 1 - one - other);

/** The chain of a model; null if it has none. */
export function lossChain(drop: DropModel): LossChain | null {
  if (drop.kind === 'gilbertElliott') {
    const { p, r } = drop;
    return {
      transitions: [
        [1 - p, p],
        [r, 1 - r],
      ],
      stationary: [r / (p + r), p / (p + r)],
      lossRatios: [drop.lossGood, drop.lossBad],
    };
  }
  if (drop.kind === 'markov4') {
    const { p13, p31, p32, p23, p14 } = drop;
    // Balance of flows: transitions from gap to burst equal those back, and so for each pair of states.
    const gap = p31;
    const burstLoss = p13;
    const burstArrival = p32 === 0 ? 0 : (p13 * p32) / p23;
    const lone = p31 * p14;
    const sum = gap + burstArrival + burstLoss + lone;
    return {
      transitions: [
        [stay(p13, p14), 0, p13, p14],
        [0, 1 - p23, p23, 0],
        [p31, p32, stay(p31, p32), 0],
        [1, 0, 0, 0],
      ],
      stationary: [gap / sum, burstArrival / sum, burstLoss / sum, lone / sum],
      lossRatios: [0, 0, 1, 1],
    };
  }
  return null;
}

/** The start state for a uniform draw, by the states' long-run shares. 0 for a model without a chain. */
export function startState(drop: DropModel, draw: number): number {
  const chain = lossChain(drop);
  if (chain === null) return 0;
  let below = 0;
  for (let state = 0; state < chain.stationary.length; state += 1) {
    below += chain.stationary[state] as number;
    if (draw < below) return state;
  }
  // The shares may add up to slightly less than 1; the last state with a share takes the rest.
  return chain.stationary.findLastIndex((share) => share > 0);
}

/** Whether a loss needs a second draw besides the one that moves the chain. */
export function needsLossDraw(drop: DropModel): boolean {
  return drop.kind === 'gilbertElliott' && !(drop.lossBad === 1 && drop.lossGood === 0);
}

/**
 * Decides `count` consecutive indices and writes the cause code of each at `causes[base …]`, 0 if it is not lost.
 * @param state the result of the call for the indices before, or `startState`
 * @param firstPlace the first index's place among those of the model, 1 or more
 * @param draws one uniform draw per index
 * @param lossDraws a second draw per index; read only if `needsLossDraw`
 * @returns the state after the last index
 */
export function fillDrops(
  drop: DropModel,
  state: number,
  firstPlace: number,
  draws: Float64Array,
  lossDraws: Float64Array,
  causes: Uint8Array,
  base: number,
  count: number,
): number {
  switch (drop.kind) {
    case 'independent': {
      const { ratio } = drop;
      for (let k = 0; k < count; k += 1) causes[base + k] = (draws[k] as number) < ratio ? INDEPENDENT : 0;
      return 0;
    }
    case 'exact': {
      // Selection sampling: an index is taken with probability (losses owed) / (indices left in the block). Every
      // subset of the right size is equally likely, as after a shuffle, with one draw an index and no table.
      const { lost, block } = drop;
      let left = block - ((firstPlace - 1) % block);
      let owed = left === block ? lost : state;
      for (let k = 0; k < count; k += 1) {
        const taken = (draws[k] as number) * left < owed;
        causes[base + k] = taken ? EXACT : 0;
        if (taken) owed -= 1;
        left -= 1;
        if (left === 0) {
          left = block;
          owed = lost;
        }
      }
      return owed;
    }
    case 'gilbertElliott': {
      const { p, r, lossBad, lossGood } = drop;
      const drawsLoss = needsLossDraw(drop);
      let bad = state === 1;
      for (let k = 0; k < count; k += 1) {
        const u = draws[k] as number;
        bad = bad ? !(u < r) : u < p;
        const lost = drawsLoss ? (lossDraws[k] as number) < (bad ? lossBad : lossGood) : bad;
        causes[base + k] = lost ? BURST : 0;
      }
      return bad ? 1 : 0;
    }
    case 'markov4': {
      const { p13, p31, p32, p23, p14 } = drop;
      let at = state;
      for (let k = 0; k < count; k += 1) {
        const u = draws[k] as number;
        if (at === 0) at = u < p14 ? 3 : u < p14 + p13 ? 2 : 0;
        else if (at === 1) at = u < p23 ? 2 : 1;
        else if (at === 2) at = u < p32 ? 1 : u < p32 + p31 ? 0 : 2;
        else at = 0;
        causes[base + k] = at >= 2 ? STATE : 0;
      }
      return at;
    }
  }
}
