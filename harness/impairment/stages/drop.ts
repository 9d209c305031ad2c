/**
 * Drop: random loss by one of four models. dropModels.ts computes them.
 */
import { isObject } from '../../../src/base/arguments.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { formatRatio, readInteger, readRatio } from '../../../src/base/quantities.ts';
import { fillDrops, lossChain, needsLossDraw, startState } from '../dropModels.ts';
import { exactRatio } from './ratios.ts';
import { checkRatios, isCount, orNull, refuse } from './stage.ts';
import type { KnobNaming, Stage } from './stage.ts';

/** How datagrams are lost at random. Probabilities are ratios, 0 to 1. */
export type DropModel =
  /** Each datagram on its own, with this probability. */
  | { readonly kind: 'independent'; readonly ratio: number }
  /** Exactly `lost` of every `block` consecutive indices, every subset equally likely. */
  | { readonly kind: 'exact'; readonly lost: number; readonly block: number }
  /**
   * Gilbert-Elliott: a chain that goes from good to bad with probability `p` and back with `r`, and loses a datagram
   * with probability `lossBad` or `lossGood`, by its state.
   */
  | {
      readonly kind: 'gilbertElliott';
      readonly p: number;
      readonly r: number;
      readonly lossBad: number;
      readonly lossGood: number;
    }
  /**
   * Four states, as in Linux netem: 1 arriving in a gap, 2 arriving inside a burst, 3 lost inside a burst, 4 lost
   * alone in a gap. `p13` is the probability of going from 1 to 3, and so on; 4 always goes back to 1.
   */
  | {
      readonly kind: 'markov4';
      readonly p13: number;
      readonly p31: number;
      readonly p32: number;
      readonly p23: number;
      readonly p14: number;
    };

export interface DropFields {
  readonly drop: DropModel | null;
}

/** The largest block of `--drop-exact`. */
const MAX_EXACT_BLOCK = 1_000_000;

const readDrop = (text: string, option: string): DropModel => ({
  kind: 'independent',
  ratio: readRatio(text, option),
});

function readDropExact(text: string, option: string): DropModel {
  const [share = '', size, ...rest] = text.split('/');
  if (size === undefined || rest.length > 0) {
    throw new UsageError(
      'value-format',
      option,
      `expected a ratio and a block size, such as 5%/100, got "${text}"`,
    );
  }
  const ratio = readRatio(share, option);
  const block = readInteger(size, option, 1, MAX_EXACT_BLOCK);
  const lost = Math.round(ratio * block);
  // A ratio is written with at most a dozen digits, so a third of 3 is 1 here.
  if (Math.abs(lost - ratio * block) > 1e-6) {
    throw new UsageError(
      'value-range',
      option,
      `expected a whole number of losses in a block, got "${text}", which is ${Number((ratio * block).toPrecision(6))}; ` +
        'choose another ratio or block',
    );
  }
  return { kind: 'exact', lost, block };
}

/** The parts of a list of ratios. @throws UsageError for too few or too many */
function readRatios(text: string, option: string, min: number, max: number, example: string): number[] {
  const parts = text.split(',');
  if (parts.length < min || parts.length > max) {
    const count = min === max ? `${min}` : `${min} to ${max}`;
    throw new UsageError(
      'value-format',
      option,
      `expected ${count} ratios, such as ${example}, got "${text}"`,
    );
  }
  return parts.map((part) => readRatio(part, option));
}

function readDropBurst(text: string, option: string): DropModel {
  const [p, r, lossBad = 1, lossGood = 0] = readRatios(text, option, 2, 4, '1%,25%');
  return { kind: 'gilbertElliott', p: p as number, r: r as number, lossBad, lossGood };
}

function readDropState(text: string, option: string): DropModel {
  const [p13, p31, p32, p23, p14] = readRatios(text, option, 5, 5, '1%,30%,10%,50%,0.1%') as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { kind: 'markov4', p13, p31, p32, p23, p14 };
}

function checkDrop(drop: DropModel, nameOf: KnobNaming): void {
  switch (drop.kind) {
    case 'independent':
      checkRatios(nameOf('drop'), { 'a ratio': drop.ratio });
      return;
    case 'exact': {
      const setting = nameOf('dropExact');
      if (!isCount(drop.block, 1, MAX_EXACT_BLOCK)) {
        refuse(setting, `a block of 1 to ${MAX_EXACT_BLOCK} datagrams`, drop.block);
      }
      if (!isCount(drop.lost, 0, drop.block)) {
        refuse(setting, `a whole number of losses from 0 to the block's ${drop.block}`, drop.lost);
      }
      return;
    }
    case 'gilbertElliott': {
      const setting = nameOf('dropBurst');
      checkRatios(setting, { P: drop.p, R: drop.r, LOSS_BAD: drop.lossBad, LOSS_GOOD: drop.lossGood });
      if (drop.r === 0) refuse(setting, 'R above 0 (with R = 0 a burst never ends)', drop.r);
      return;
    }
    case 'markov4': {
      const setting = nameOf('dropState');
      const { p13, p31, p32, p23, p14 } = drop;
      checkRatios(setting, { P13: p13, P31: p31, P32: p32, P23: p23, P14: p14 });
      // Rounding of decimal fractions can give slightly more than 1; that is no mistake.
      if (p13 + p14 > 1 + 1e-9) refuse(setting, 'P13 + P14 of at most 100%', p13 + p14);
      if (p31 + p32 > 1 + 1e-9) refuse(setting, 'P31 + P32 of at most 100%', p31 + p32);
      if (p31 === 0) refuse(setting, 'P31 above 0 (with P31 = 0 a burst never ends)', p31);
      if (p32 > 0 && p23 === 0)
        refuse(setting, 'P23 above 0 wherever P32 is (state 2 has no other way out)', p23);
    }
  }
}

function formatDrop(drop: DropModel): string {
  switch (drop.kind) {
    case 'independent':
      return `--drop ${exactRatio(drop.ratio)}`;
    case 'exact':
      return `--drop-exact ${formatRatio(drop.lost / drop.block)}/${drop.block}`;
    case 'gilbertElliott': {
      const { p, r, lossBad, lossGood } = drop;
      const shown = lossGood > 0 ? [p, r, lossBad, lossGood] : lossBad < 1 ? [p, r, lossBad] : [p, r];
      return `--drop-burst ${shown.map(exactRatio).join(',')}`;
    }
    case 'markov4': {
      const { p13, p31, p32, p23, p14 } = drop;
      return `--drop-state ${[p13, p31, p32, p23, p14].map(exactRatio).join(',')}`;
    }
  }
}

const MODELS = ['drop', 'dropExact', 'dropBurst', 'dropState'];
const KINDS_OF_LOSS: readonly unknown[] = ['independent', 'exact', 'gilbertElliott', 'markov4'];
const NO_DRAWS = new Float64Array(0);

export const drop: Stage = {
  knobs: [
    {
      name: 'drop',
      flags: '--drop <ratio>',
      description: 'lose datagrams independently, such as 5% (default: none)',
    },
    {
      name: 'dropExact',
      flags: '--drop-exact <ratio/block>',
      description: 'lose exactly this share of every block, such as 5%/100 (default: none)',
    },
    {
      name: 'dropBurst',
      flags: '--drop-burst <p,r[,bad[,good]]>',
      description:
        'Gilbert-Elliott loss: probabilities good to bad, bad to good, of loss in bad and in good, ' +
        'such as 1%,25% (default: none; bad 100%, good 0%)',
    },
    {
      name: 'dropState',
      flags: '--drop-state <p13,p31,p32,p23,p14>',
      description: "netem's four-state Markov loss, such as 1%,30%,10%,50%,0.1% (default: none)",
    },
  ],
  exclusive: MODELS,
  kinds: {
    drop: orNull('a loss model', (value) => isObject(value) && KINDS_OF_LOSS.includes(value['kind'])),
  },
  off: { drop: null },
  actsOnControl: true,
  read: (given) => {
    const models = MODELS.filter((name) => given.isGiven(name));
    if (models.length > 1) {
      const [one = '', other = ''] = models.map(given.nameOf);
      throw new UsageError('conflict', one, `expected one loss model, got ${other} too; leave one out`);
    }
    return {
      drop:
        given.read<DropModel | null>('drop', readDrop, null) ??
        given.read<DropModel | null>('dropExact', readDropExact, null) ??
        given.read<DropModel | null>('dropBurst', readDropBurst, null) ??
        given.read<DropModel | null>('dropState', readDropState, null),
    };
  },
  check: ({ drop: model }, nameOf) => {
    if (model !== null) checkDrop(model, nameOf);
  },
  format: ({ drop: model }) => (model === null ? [] : [formatDrop(model)]),
  columns: ({ drop: model }) => (model === null ? [] : ['dropCause']),
  decisions: ({ drop: model }) =>
    model === null ? [] : needsLossDraw(model) ? ['drop', 'drop-loss'] : ['drop'],
  start: ({ drop: model }, draw) =>
    model === null || lossChain(model) === null ? 0 : startState(model, draw('drop-start')),
  decide: ({ drop: model }, { firstIndex, startIndex, rows, base, dropCause, draws }, state) => {
    if (model === null) return 0;
    const losses = needsLossDraw(model) ? draws('drop-loss') : NO_DRAWS;
    const place = firstIndex - startIndex + 1;
    return fillDrops(model, state, place, draws('drop'), losses, dropCause, base, rows);
  },
};
