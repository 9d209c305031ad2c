/**
 * The longest run of losses: after that many losses in a row by the loss model, the next datagram passes.
 *
 * Only losses of the loss model form a run: losses by lists and outages do not count and are not spared.
 */
import { sum } from '../../../src/base/figures.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { readInteger } from '../../../src/base/quantities.ts';
import type { LossChain } from '../dropModels.ts';
import { isCount, orNull, refuse } from './stage.ts';
import type { Stage } from './stage.ts';

export interface DropMaxRunFields {
  /** Maximum number of losses in a row, datagrams; null: no limit. */
  readonly dropMaxRun: number | null;
}

const MAX_RUN = 1_000_000;
const CONTRADICTION = 'which loses an exact number, got both; leave one out';

const readRun = (text: string, option: string): number => readInteger(text, option, 1, MAX_RUN);

export const dropMaxRun: Stage = {
  knobs: [
    {
      name: 'dropMaxRun',
      flags: '--drop-max-run <n>',
      description: 'no more than this many losses in a row by the loss model (default: any number)',
    },
  ],
  kinds: { dropMaxRun: orNull('a number', (value) => typeof value === 'number') },
  off: { dropMaxRun: null },
  actsOnControl: true,
  read: (given) => {
    if (given.isGiven('dropMaxRun') && given.isGiven('dropExact')) {
      const [exact = '', run = ''] = ['dropExact', 'dropMaxRun'].map(given.nameOf);
      throw new UsageError('conflict', run, `expected no ${exact} beside it, ${CONTRADICTION}`);
    }
    given.needs('dropMaxRun', ['drop', 'dropBurst', 'dropState']);
    return { dropMaxRun: given.read<number | null>('dropMaxRun', readRun, null) };
  },
  check: ({ dropMaxRun: max, drop }, nameOf) => {
    if (max === null) return;
    if (!isCount(max, 1, MAX_RUN)) refuse(nameOf('dropMaxRun'), `a whole number from 1 to ${MAX_RUN}`, max);
    if (drop?.kind === 'exact') {
      throw new UsageError(
        'conflict',
        nameOf('dropMaxRun'),
        `expected no ${nameOf('dropExact')} beside it, ${CONTRADICTION}`,
      );
    }
  },
  format: ({ dropMaxRun: max }) => (max === null ? [] : [`--drop-max-run ${max}`]),
  columns: ({ dropMaxRun: max }) => (max === null ? [] : ['dropCause']),
  // The state is the length of the run at the start of the block.
  decide: ({ dropMaxRun: max }, { base, rows, dropCause }, state) => {
    if (max === null) return 0;
    let run = state;
    for (let row = base; row < base + rows; row += 1) {
      if (dropCause[row] === 0) run = 0;
      else if (run < max) run += 1;
      else {
        dropCause[row] = 0;
        run = 0;
      }
    }
    return run;
  },
};

/**
 * Closed form: what the limit does to a chain's losses, per datagram, in the long run. A drawn run of L losses has
 * ⌊L / (max + 1)⌋ datagrams that are spared, and becomes ⌈L / (max + 1)⌉ runs, one less if there is no remainder.
 * Runs of at least m losses begin at the rate α Tᵐ⁻¹ 1: T are the chain's transitions to a loss, α the rate, by state, of
 * a loss after an arrival.
 */
export function cappedRuns(
  { transitions, stationary, lossRatios }: LossChain,
  max: number,
): { readonly sparedRatio: number; readonly runRatio: number } {
  const states = stationary.map((_, state) => state);
  const stepTo = (from: number, to: number): number =>
    ((transitions[from] as readonly number[])[to] as number) * (lossRatios[to] as number);
  const steps = states.map((from) => states.map((to) => stepTo(from, to)));
  const after = (rates: readonly number[]): number[] =>
    states.map((to) =>
      sum(states.map((from) => (rates[from] as number) * ((steps[from] as number[])[to] as number))),
    );
  const share = (state: number): number => stationary[state] as number;
  const lost = (state: number): number => lossRatios[state] as number;
  let rates = after(states.map((state) => share(state) * (1 - lost(state))));
  // If everything is lost, no run ever begins, and one datagram passes after each `max` losses.
  if (sum(rates) === 0) {
    const isAll = sum(states.map((state) => share(state) * lost(state))) > 0;
    return { sparedRatio: isAll ? 1 / (max + 1) : 0, runRatio: isAll ? 1 / (max + 1) : 0 };
  }
  let sparedRatio = 0;
  let runRatio = 0;
  for (let length = 1; ; length += 1) {
    const rate = sum(rates);
    if (length % (max + 1) === 0) sparedRatio += rate;
    if ((length - 1) % (max + 1) === 0) runRatio += rate;
    // Longer runs would add too little to matter.
    if (rate < 1e-18) return { sparedRatio, runRatio };
    rates = after(rates);
  }
}
