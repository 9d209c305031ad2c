/**
 * Keeps the last datagrams of a stream, so that whoever looks now and then sees the match as it stood there.
 *
 * A copy a datagram; nothing is decoded before somebody looks.
 */
import { seenMatch } from '../display/seenMatch.ts';
import type { SeenMatch } from '../display/seenMatch.ts';
import type { DatagramBatch } from '../net/batch.ts';
import type { StreamSource } from '../net/source.ts';
import { RecentPayloads } from './recentPayloads.ts';
import { Spectator } from './spectator.ts';

/** Events that are shown. */
const EVENTS = 8;

export class MatchWatch {
  readonly #payloads = new RecentPayloads(EVENTS);
  readonly #spectator = new Spectator(false);

  add(count: number, batch: DatagramBatch, row: number): void {
    this.#payloads.add(count, batch, row);
  }

  /** Null before the first datagram, and where datagrams are no match. */
  look(): SeenMatch | null {
    const { latest } = this.#payloads;
    const view = latest === null ? null : this.#spectator.view(latest);
    if (view === null) return null;
    return seenMatch(
      view,
      this.#payloads.recent().flatMap((payload) => this.#spectator.view(payload) ?? []),
    );
  }
}

/** Passes a stream's datagrams through, and shows them to a watch as they are taken to be sent. */
export class WatchedSource implements StreamSource {
  readonly total: number;
  readonly intervalNs: number;
  readonly #source: StreamSource;
  readonly #watch: MatchWatch;

  constructor(source: StreamSource, watch: MatchWatch) {
    this.total = source.total;
    this.intervalNs = source.intervalNs;
    this.#source = source;
    this.#watch = watch;
  }

  mediaTimeNs(count: number): number {
    return this.#source.mediaTimeNs(count);
  }

  append(batch: DatagramBatch, count: number, dueNs: number): boolean {
    const row = batch.count;
    if (!this.#source.append(batch, count, dueNs)) return false;
    this.#watch.add(count, batch, row);
    return true;
  }

  close(): void {
    this.#source.close?.();
  }
}
