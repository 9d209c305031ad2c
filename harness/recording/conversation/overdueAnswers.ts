/**
 * Answers that are missing for longer than they are waited for, while a conversation is played: a count for each flow.
 *
 * Each answer is looked at once, in the order of the recording. One that comes all the same is not missing any more.
 */
import type { Conversation, Exchanges } from './conversation.ts';

export class OverdueAnswers {
  /** Position of a flow → answers that are overdue. */
  readonly counts: Float64Array;
  readonly #conversation: Conversation;
  readonly #requestOf: Int32Array;
  readonly #answerTimeoutNs: number;
  /** Answers before this row are overdue, unless they have come. */
  #next = 0;

  /** @param answerTimeoutNs how much later than recorded an answer may come */
  constructor(conversation: Conversation, { requestOf }: Exchanges, answerTimeoutNs: number) {
    this.#conversation = conversation;
    this.#requestOf = requestOf;
    this.#answerTimeoutNs = answerTimeoutNs;
    this.counts = new Float64Array(conversation.flows.length);
  }

  /** An answer has come. */
  came(row: number): void {
    if (row < this.#next) this.#add(row, -1);
  }

  /**
   * Time has passed.
   * @param sentNs row of a request → when it was sent, NaN for not sent
   * @param arrived row of an answer → 1 once it has come
   */
  advance(nowNs: number, sentNs: Float64Array, arrived: Uint8Array): void {
    const { count, upward, timesNs } = this.#conversation;
    for (; this.#next < count; this.#next += 1) {
      const row = this.#next;
      if (upward[row] === 1) continue;
      const request = this.#requestOf[row] as number;
      const recordedNs = (timesNs[row] as number) - (timesNs[request] as number);
      // Not yet sent: NaN is in no order.
      if (!(nowNs > (sentNs[request] as number) + recordedNs + this.#answerTimeoutNs)) return;
      if (arrived[row] === 0) this.#add(row, 1);
    }
  }

  #add(row: number, more: number): void {
    const flow = this.#conversation.flowOf[row] as number;
    this.counts[flow] = (this.counts[flow] as number) + more;
  }
}
