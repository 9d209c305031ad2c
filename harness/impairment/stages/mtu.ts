/**
 * MTU: payloads of more bytes are lost.
 *
 * A schedule does not know sizes, so `causeForSize` decides where the size is known.
 */
import { readInteger } from '../../../src/base/quantities.ts';
import { causeCode } from '../causes.ts';
import { isSpared } from './spare.ts';
import type { SpareFields } from './spare.ts';
import { isCount, orNull, refuse } from './stage.ts';
import type { Stage } from './stage.ts';

export interface MtuFields {
  /** Largest payload that passes, bytes; null: no limit. */
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
 * The drop cause of a datagram of known size: the MTU comes after an outage and before every other cause.
 * @param cause the schedule's cause code; 0 is not dropped
 */
export const causeForSize = (
  cause: number,
  config: MtuFields & SpareFields,
  index: number,
  sizeBytes: number,
): number =>
  config.mtuBytes !== null && sizeBytes > config.mtuBytes && cause !== OUTAGE && !isSpared(config, index)
    ? MTU
    : cause;

/**
 * Closed form: of `total` datagrams `oversize` are certainly lost; the loss model loses its share of the rest.
 * @param model value and interval of the model's losses among all of them
 */
export function lossesWithMtu(
  model: { readonly value: number; readonly low: number; readonly high: number },
  total: number,
  oversize: number,
): { value: number; low: number; high: number } {
  return {
    value: total === 0 ? 0 : oversize + (model.value * (total - oversize)) / total,
    // The model may lose any of the oversize ones, or none.
    low: Math.max(oversize, model.low),
    high: Math.min(total, model.high + oversize),
  };
}
