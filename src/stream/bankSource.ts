/**
 * A stream for rates that are too high to simulate matches live: a bank of matches is encoded once, and its messages
 * are sent again and again with rising counts.
 *
 * Each datagram is complete and valid; only the events repeat.
 */
import { UsageError } from '../base/errors.ts';
import type { DatagramBatch } from '../net/batch.ts';
import { streamContent } from './matchSource.ts';
import { matchSeed, simulateMatch } from '../match/simulate.ts';
import { BankLayout } from '../protocol/bankLayout.ts';
import { prepareStreamTemplates, templateMaxLength } from '../protocol/stream.ts';
import type { StreamTemplate } from '../protocol/stream.ts';
import type { StreamSource } from '../net/source.ts';

const BANK_MATCHES = 10;

export class BankSource implements StreamSource {
  readonly total: number;
  readonly intervalNs: number;
  readonly #bank: readonly StreamTemplate[];
  readonly #layout: BankLayout;

  /**
   * @param total datagrams in the stream, Infinity for no end
   * @param sizeBytes every datagram is padded to this size; 0 for no padding
   * @throws UsageError when a datagram could be longer than `sizeBytes`
   */
  constructor(seed: string, total: number, intervalNs: number, sizeBytes: number) {
    this.total = total;
    this.intervalNs = intervalNs;
    this.#bank = Array.from({ length: BANK_MATCHES }, (_, k) =>
      simulateMatch(matchSeed(seed, k + 1)),
    ).flatMap((match) =>
      prepareStreamTemplates(match.events.map((event) => streamContent(event, match.teams))),
    );
    const maxBytes = this.#bank.reduce((max, template) => Math.max(max, templateMaxLength(template)), 0);
    if (sizeBytes !== 0 && maxBytes > sizeBytes) {
      throw new UsageError(
        'value-range',
        null,
        `the longest datagram of the bank is ${maxBytes} bytes, above the datagram size of ${sizeBytes}; ` +
          `choose --datagram-size ${maxBytes} or more`,
      );
    }
    this.#layout = new BankLayout(this.#bank, sizeBytes);
  }

  mediaTimeNs(count: number): number {
    return (count - 1) * this.intervalNs;
  }

  append(batch: DatagramBatch, count: number, dueNs: number): boolean {
    const atUs = Math.floor(this.mediaTimeNs(count) / 1e3);
    const layout = this.#layout;
    layout.aim(count, atUs);
    const entry = (count - 1) % this.#bank.length;
    if (!batch.fits(layout.lengthBytes(entry))) return false;
    batch.commit(layout.write(entry, batch.bytes, batch.usedBytes), dueNs);
    return true;
  }
}
