/**
 * When each datagram of a stream is due, and which are due by now.
 *
 * Deadlines are absolute: offsets from one start, never from the last send, so a late wake-up does not move what follows.
 * Pure; it is told the time and never waits.
 */
import type { DatagramBatch } from './batch.ts';
import { sendOffsetNs } from './source.ts';
import type { StreamSource } from './source.ts';

/**
 * What to do about deadlines that were missed. `burst` sends everything due at once, so the rate holds. `skip` leaves
 * missed intervals empty, so two datagrams are never closer than they should be: the rest of the stream is that many
 * whole intervals later. A stream without an interval, or flat out, has none to skip.
 */
export type CatchUp = 'burst' | 'skip';

export const CATCH_UPS: readonly CatchUp[] = ['burst', 'skip'];

export interface PacerOptions {
  /** 1 plays the stream as planned, 2 twice as fast, 0 flat out; 1. */
  readonly speed?: number;
  /** Default burst. */
  readonly catchUp?: CatchUp;
  /** Told how late each datagram is when it is taken, nanoseconds after its deadline; but not flat out. */
  readonly observeLateness?: (latenessNs: number) => void;
}

export class Pacer {
  /** Intervals left empty so far. */
  skippedIntervals = 0;
  readonly speed: number;
  readonly #source: StreamSource;
  readonly #observeLateness: ((latenessNs: number) => void) | undefined;
  /** Between two sends, nanoseconds; 0 where there is nothing to skip. */
  readonly #skipNs: number;
  #startNs = Number.NaN;
  #nextCount = 1;
  #nextDueNs = Number.POSITIVE_INFINITY;

  constructor(source: StreamSource, { speed = 1, catchUp = 'burst', observeLateness }: PacerOptions) {
    this.#source = source;
    this.speed = speed;
    this.#skipNs = catchUp === 'skip' ? sendOffsetNs(source.intervalNs, speed) : 0;
    // Flat out everything is due at the start: how long ago that was is no lateness.
    this.#observeLateness = speed === 0 ? undefined : observeLateness;
  }

  /** When the first datagram was due, nanoseconds; NaN before the start. */
  get startNs(): number {
    return this.#startNs;
  }

  /** The count to be taken next. */
  get nextCount(): number {
    return this.#nextCount;
  }

  /** When that is due; Infinity before the start, after the last one, and once stopped. */
  get nextDueNs(): number {
    return this.#nextDueNs;
  }

  start(nowNs: number): void {
    this.#startNs = nowNs;
    this.#nextDueNs = this.#deadlineNs(1);
  }

  stop(): void {
    this.#nextDueNs = Number.POSITIVE_INFINITY;
  }

  /** Takes what is due by now, up to `most` in the batch; what finds no room stays due. */
  takeDue(nowNs: number, batch: DatagramBatch, most: number): void {
    if (this.#skipNs > 0) this.#skipMissed(nowNs);
    const observeLateness = this.#observeLateness;
    let count = this.#nextCount;
    let dueNs = this.#nextDueNs;
    while (dueNs <= nowNs && batch.count < most && this.#source.append(batch, count, dueNs)) {
      observeLateness?.(nowNs - dueNs);
      count += 1;
      dueNs = this.#deadlineNs(count);
    }
    this.#nextCount = count;
    this.#nextDueNs = dueNs;
  }

  /** Moves the deadline to the last interval that has begun. */
  #skipMissed(nowNs: number): void {
    const missed = Math.floor((nowNs - this.#nextDueNs) / this.#skipNs);
    if (missed < 1) return;
    this.skippedIntervals += missed;
    this.#nextDueNs = this.#deadlineNs(this.#nextCount);
  }

  #deadlineNs(count: number): number {
    const { total } = this.#source;
    if (count > total) return Number.POSITIVE_INFINITY;
    const plannedNs = this.#startNs + sendOffsetNs(this.#source.mediaTimeNs(count), this.speed);
    return plannedNs + this.skippedIntervals * this.#skipNs;
  }
}
