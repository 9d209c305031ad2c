/**
 * MTU: a path that loses what is too large for it. A payload of more bytes is lost, whatever is drawn.
 *
 * No schedule knows a datagram's size, so this decision is made where the size is known: `causeForSize`.
 */
import { readInteger } from '../../../src/base/quantities.ts';
import { causeCode } from '../causes.ts';
import { isCount, orNull, refuse } from './stage.ts';
import type { Stage } from './stage.ts';

export interface MtuFields {
  /** Most bytes of payload that pass; null: any. */
  readonly mtuBytes: number | null;
}

/** The largest UDP payload over IPv4. */
const MAX_MTU_BYTES = 65_507;

const readMtu = (text: string, option: string): number => readInteger(text, option, 1, MAX_MTU_BYTES);

export const mtu: Stage = {
  knobs: [
    {
      name: 'mtu',
      flags: '--mtu <bytes>',
      description:
        'lose payloads of more bytes: 1472 is IPv4 over Ethernet, 1452 IPv6 (default: any size passes)',
    },
  ],
  kinds: { mtuBytes: orNull('a number of bytes', (value) => typeof value === 'number') },
  off: { mtuBytes: null },
  actsOnControl: true,
  read: (given) => ({ mtuBytes: given.read<number | null>('mtu', readMtu, null) }),
  check: ({ mtuBytes }, nameOf) => {
    if (mtuBytes !== null && !isCount(mtuBytes, 1, MAX_MTU_BYTES))
      refuse(nameOf('mtu'), `a whole number from 1 to ${MAX_MTU_BYTES}`, mtuBytes);
  },
  format: ({ mtuBytes }) => (mtuBytes === null ? [] : [`--mtu ${mtuBytes}`]),
};

const OUTAGE = causeCode('outage');
const MTU = causeCode('mtu');

/**
 * Why a datagram is dropped, once its size is known: the MTU stands behind an outage and before everything else.
 * @param cause what the schedule says, as a code; 0 is not dropped
 */
export const causeForSize = (cause: number, { mtuBytes }: MtuFields, sizeBytes: number): number =>
  mtuBytes !== null && sizeBytes > mtuBytes && cause !== OUTAGE ? MTU : cause;

/**
 * Closed form: of `total` datagrams `oversize` are lost for certain, and of the rest the loss model takes its share.
 * @param model value and interval of the model's losses among all of them
 */
export function lossesWithMtu(
  model: { readonly value: number; readonly low: number; readonly high: number },
  total: number,
  oversize: number,
): { value: number; low: number; high: number } {
  return {
    value: oversize + (model.value * (total - oversize)) / total,
    // The model may take any of the oversize ones, or none.
    low: Math.max(oversize, model.low),
    high: Math.min(total, model.high + oversize),
  };
}
