/**
 * Spare: the first datagrams, by index, pass unharmed, whatever the other stages say.
 *
 * It comes last, so the draws of all stages are those without it, and so is every fate behind the spared ones. Outages,
 * the MTU and the link are decided elsewhere, and ask `isSpared`.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { readInteger } from '../../../src/base/quantities.ts';
import { isCount, refuse } from './stage.ts';
import type { Stage } from './stage.ts';

export interface SpareFields {
  /** Number of datagrams at the start of every stream that pass unharmed. */
  readonly spare: number;
}

const MAX_SPARE = 1_000_000;

const readSpare = (text: string, option: string): number => readInteger(text, option, 0, MAX_SPARE);

export const spare: Stage = {
  knobs: [
    {
      name: 'spare',
      flags: '--spare <n>',
      description: 'the first so many datagrams of every flow pass unharmed, repeats included (default: 0)',
    },
  ],
  kinds: { spare: ['a number', (value) => typeof value === 'number'] },
  off: { spare: 0 },
  actsOnControl: true,
  read: (given) => {
    const count = given.read('spare', readSpare, 0);
    if (count > 0 && given.names.every((name) => name === 'spare')) {
      throw new UsageError(
        'missing',
        given.nameOf('spare'),
        'expected an impairment to spare them from beside it, got none; add one, or leave it out',
      );
    }
    return { spare: count };
  },
  check: ({ spare: count }, nameOf) => {
    if (!isCount(count, 0, MAX_SPARE))
      refuse(nameOf('spare'), `a whole number from 0 to ${MAX_SPARE}`, count);
  },
  format: ({ spare: count }) => (count === 0 ? [] : [`--spare ${count}`]),
  columns: ({ spare: count }) => (count === 0 ? [] : ['dropCause']),
  decide: ({ spare: count }, { firstIndex, rows, base, dropCause, copies, hold, corrupt, delayNs }) => {
    const end = base + Math.min(rows, count - firstIndex + 1);
    if (end <= base) return 0;
    dropCause.fill(0, base, end);
    copies.fill(0, base, end);
    hold.fill(0, base, end);
    corrupt.fill(-1, base, end);
    delayNs.fill(0, base, end);
    return 0;
  },
};

/** Whether the datagram with an index, 1 or more, passes unharmed; a repeat does as the first one. */
export const isSpared = ({ spare: count }: SpareFields, index: number): boolean => index <= count;

/** How many of the indices `firstIndex` .. `lastIndex` are spared. */
export const sparedAmong = ({ spare: count }: SpareFields, firstIndex: number, lastIndex: number): number =>
  Math.max(0, Math.min(count, lastIndex) - firstIndex + 1);
