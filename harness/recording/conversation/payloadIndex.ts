/**
 * Finds the recorded datagrams of one direction that equal a given one but for ignored bytes, at a cost that grows neither
 * with the recording nor with the number of equal datagrams.
 *
 * Equal rows form a group, in the order of the recording, from which they are taken one by one.
 */
import type { ByteRanges } from './byteRanges.ts';
import type { Conversation } from './conversation.ts';

export class PayloadIndex {
  readonly #conversation: Conversation;
  readonly #ignored: ByteRanges;
  readonly #mask: number;
  /** Hash → a group, which is the first of its rows; −1 for none. */
  readonly #heads: Int32Array;
  /** Group → another group with the same place in `heads`; −1 after the last. */
  readonly #nextGroup: Int32Array;
  /** Row → the next row of its group; −1 after the last. */
  readonly #nextRow: Int32Array;
  /** Group → its first row that was not taken; −1 for none. */
  readonly #firstLeft: Int32Array;
  readonly #isPerFlow: boolean;

  /**
   * @param upward 1 for requests, 0 for answers
   * @param isPerFlow whether only datagrams of the same flow are equal
   */
  constructor(conversation: Conversation, upward: 0 | 1, ignored: ByteRanges, isPerFlow: boolean) {
    const { count, payloads, lengths, flowOf } = conversation;
    this.#conversation = conversation;
    this.#ignored = ignored;
    this.#isPerFlow = isPerFlow;
    this.#mask = 2 ** Math.ceil(Math.log2(Math.max(2, count))) - 1;
    this.#heads = new Int32Array(this.#mask + 1).fill(-1);
    this.#nextGroup = new Int32Array(count).fill(-1);
    this.#nextRow = new Int32Array(count).fill(-1);
    this.#firstLeft = new Int32Array(count).fill(-1);
    /** Group → its last row so far. */
    const last = new Int32Array(count).fill(-1);
    for (let row = 0; row < count; row += 1) {
      if (conversation.upward[row] !== upward) continue;
      payloads.find(row);
      const { bytes, start } = payloads;
      const lengthBytes = lengths[row] as number;
      const flow = flowOf[row] as number;
      const at = this.#placeOf(flow, bytes, start, lengthBytes);
      const group = this.#groupAt(at, flow, bytes, start, lengthBytes);
      if (group >= 0) {
        this.#nextRow[last[group] as number] = row;
        last[group] = row;
        continue;
      }
      this.#nextGroup[row] = this.#heads[at] as number;
      this.#heads[at] = row;
      this.#firstLeft[row] = row;
      last[row] = row;
    }
  }

  /** The group of the datagrams equal to a given one; −1 for none. */
  find(flow: number, bytes: Uint8Array, start: number, lengthBytes: number): number {
    return this.#groupAt(this.#placeOf(flow, bytes, start, lengthBytes), flow, bytes, start, lengthBytes);
  }

  #groupAt(at: number, flow: number, bytes: Uint8Array, start: number, lengthBytes: number): number {
    const { payloads, lengths, flowOf } = this.#conversation;
    let group = this.#heads[at] as number;
    for (; group >= 0; group = this.#nextGroup[group] as number) {
      if ((this.#isPerFlow && flowOf[group] !== flow) || lengths[group] !== lengthBytes) continue;
      payloads.find(group);
      if (this.#ignored.areEqualBut(payloads.bytes, payloads.start, lengthBytes, bytes, start, lengthBytes))
        return group;
    }
    return -1;
  }

  /** The first row of a group that was not taken; −1 for none. */
  firstLeft(group: number): number {
    return this.#firstLeft[group] as number;
  }

  /** Takes the first row that is left. */
  take(group: number): void {
    this.#firstLeft[group] = this.#nextRow[this.#firstLeft[group] as number] as number;
  }

  #placeOf(flow: number, bytes: Uint8Array, start: number, lengthBytes: number): number {
    return this.#ignored.hash(bytes, start, lengthBytes, this.#isPerFlow ? flow : 0) & this.#mask;
  }
}
