/**
 * A limit of bytes: once so much payload has come, everything is lost.
 *
 * A schedule does not know sizes, and it goes by the order of coming: `SizeCauses` decides where both are known. Whatever has
 * an index counts, repeats and what is lost included; with the datagram that goes beyond the limit the losses begin.
 */
import { formatSizeBytes, readSizeBytes } from '../../../src/base/quantities.ts';
import { causeCode } from '../causes.ts';
import { causeForSize } from './mtu.ts';
import type { MtuFields } from './mtu.ts';
import { isSpared } from './spare.ts';
import type { SpareFields } from './spare.ts';
import { isCount, orNull, refuse } from './stage.ts';
import type { Stage } from './stage.ts';

export interface DropAfterFields {
  /** Payload that passes in each stream, bytes; null: no limit. */
  readonly dropAfterBytes: number | null;
}

const MAX_BYTES = 2 ** 50;

const readLimit = (text: string, option: string): number => readSizeBytes(text, option, 0, MAX_BYTES);

export const dropAfter: Stage = {
  knobs: [
    {
      name: 'dropAfter',
      flags: '--drop-after <size>',
      description: 'lose everything once so much payload has come, such as 64kB (default: never)',
    },
  ],
  kinds: { dropAfterBytes: orNull('a number of bytes', (value) => typeof value === 'number') },
  off: { dropAfterBytes: null },
  // It counts the stream's bytes.
  actsOnControl: false,
  read: (given) => ({ dropAfterBytes: given.read<number | null>('dropAfter', readLimit, null) }),
  check: ({ dropAfterBytes }, nameOf) => {
    if (dropAfterBytes !== null && !isCount(dropAfterBytes, 0, MAX_BYTES))
      refuse(nameOf('dropAfter'), `whole bytes, at most ${formatSizeBytes(MAX_BYTES)}`, dropAfterBytes);
  },
  format: ({ dropAfterBytes }) =>
    dropAfterBytes === null ? [] : [`--drop-after ${formatSizeBytes(dropAfterBytes)}`],
};

const OUTAGE = causeCode('outage');
const MTU = causeCode('mtu');
export const LIMIT = causeCode('limit');

/** The drop causes of one stream's datagrams, in the order in which they come. */
export class SizeCauses {
  #limitBytes: number | null = null;
  #cameBytes = 0;

  /**
   * The drop cause of the next datagram: an outage comes first, then the MTU, the limit of bytes, and every other cause.
   * @param cause the schedule's cause code; 0 is not dropped
   * @param config of its index: the count begins anew where the limit differs from that of the datagram before
   */
  next(
    cause: number,
    config: MtuFields & DropAfterFields & SpareFields,
    index: number,
    sizeBytes: number,
  ): number {
    const { dropAfterBytes } = config;
    if (dropAfterBytes !== this.#limitBytes) {
      this.#limitBytes = dropAfterBytes;
      this.#cameBytes = 0;
    }
    const known = causeForSize(cause, config, index, sizeBytes);
    if (dropAfterBytes === null) return known;
    this.#cameBytes += sizeBytes;
    const isOver = this.#cameBytes > dropAfterBytes && known !== OUTAGE && known !== MTU;
    return isOver && !isSpared(config, index) ? LIMIT : known;
  }
}
