/** A stream that ends its own session, by a signal, when it comes to a certain message. Not a test. */
import { BankSource } from '../../../src/stream/bankSource.ts';
import type { DatagramBatch } from '../../../src/net/batch.ts';

export class EndingSource extends BankSource {
  readonly #controller = new AbortController();
  readonly #lastCount: number;
  readonly #reason: Error;

  /** One message a millisecond. */
  constructor(messages: number, lastCount: number, reason: Error) {
    super('bank', messages, 1e6, 768);
    this.#lastCount = lastCount;
    this.#reason = reason;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  override append(batch: DatagramBatch, count: number, dueNs: number): boolean {
    if (count === this.#lastCount) this.#controller.abort(this.#reason);
    return super.append(batch, count, dueNs);
  }
}
