/**
 * The indices of a stream of the original programs: its counts, shifted by one if they begin at 0.
 */
import { classify } from '../../../src/protocol/control.ts';
import { decodeOriginalMessage } from '../../../src/protocol/original.ts';
import { readOriginalCount } from '../../../src/protocol/originalHead.ts';

export class OriginalIndices {
  /** Difference of index and count; −1 before the first. */
  #shift = -1;

  /** Whether a count has been seen. */
  get hasBegun(): boolean {
    return this.#shift >= 0;
  }

  /**
   * The index of a datagram: its count, or one more if the first count seen was 0, as from an original server.
   * @returns −1 if there is none; 0 if a count of 0 appears in a stream that began with a higher one
   */
  indexOf(bytes: Uint8Array, offset: number, lengthBytes: number): number {
    let count = readOriginalCount(bytes, offset, lengthBytes);
    if (count < 0 && classify(bytes, offset, lengthBytes) !== 'control') {
      // The count need not come first; these streams are slow enough to decode whole messages.
      const message = decodeOriginalMessage(bytes.subarray(offset, offset + lengthBytes));
      if (message.ok) ({ count } = message.value);
    }
    if (count < 0) return -1;
    if (this.#shift < 0) this.#shift = count === 0 ? 1 : 0;
    return count + this.#shift;
  }
}
