/**
 * What becomes of a datagram for its size, and for what has come before it in its stream. To be asked once for each, in the
 * order of entry.
 */
import { causeCode } from '../impairment/causes.ts';
import type { ExpectedLine } from './expectedStream.ts';

const OUTAGE = causeCode('outage');
const MTU = causeCode('mtu');
const LIMIT = causeCode('limit');

export class EnteredSizes {
  /** Payload so far, and the limit that it is counted for. */
  #bytes = 0;
  #limit: number | null = null;

  /** @param drawn the cause that the schedule has; 0 for none */
  causeOf(
    drawn: number,
    {
      mtuBytes = null,
      dropAfterBytes = null,
      spare = 0,
    }: Pick<ExpectedLine, 'mtuBytes' | 'dropAfterBytes' | 'spare'>,
    index: number,
    sizeBytes: number,
  ): number {
    this.#bytes = dropAfterBytes === this.#limit ? this.#bytes + sizeBytes : sizeBytes;
    this.#limit = dropAfterBytes;
    if (index <= spare) return 0;
    // During an outage nothing reaches the link with the MTU, nor what counts bytes.
    if (drawn === OUTAGE) return OUTAGE;
    if (mtuBytes !== null && sizeBytes > mtuBytes) return MTU;
    return dropAfterBytes !== null && this.#bytes > dropAfterBytes ? LIMIT : drawn;
  }
}
