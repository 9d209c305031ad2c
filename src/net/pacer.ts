/**
 * The pacer: computes when each datagram of a stream is due, and takes those that are due.
 *
 * Deadlines are absolute: offsets from one start, never from the last send, so a late wake-up does not delay the rest.
 * The time is an argument; it never waits.
 */
import type { DatagramBatch } from './batch.ts';
import { sendOffsetNs } from './source.ts';
import type { StreamSource } from './source.ts';

/**
 * How missed deadlines are handled. `burst` sends everything due at once, which keeps the average rate. `skip` leaves
 * missed intervals empty, which keeps the distance between datagrams: the rest of the stream is later by that many
 * intervals. A flat-out stream, or one without an interval, has nothing to skip.
 */
export type CatchUp = 'burst' | 'skip';

export const CATCH_UPS: readonly CatchUp[] = ['burst', 'skip'];

export interface PacerOptions {
  /** 1 plays the stream as planned, 2 twice as fast, 0 flat out. Default 1. */
  readonly speed?: number;
  /** Default burst. */
  readonly catchUp?: CatchUp;
  /** Called with the lateness of each datagram when it is taken, nanoseconds after its deadline; not flat out. */
  readonly observeLateness?: (latenessNs: number) => void;
}

export class Pacer {
  /** Intervals left empty so far. */
  skippedIntervals = 0;
  readonly speed: number;
  readonly #source: StreamSource;
  readonly #observeLateness: ((latenessNs: number) => void) | undefined;
  /** The time between two sends, nanoseconds; 0 when nothing can be skipped. */
  readonly #skipNs: number;
  #startNs = Number.NaN;
  #nextCount = 1;
  #nextDueNs = Number.POSITIVE_INFINITY;

  constructor(source: StreamSource, { speed = 1, catchUp = 'burst', observeLateness }: PacerOptions) {
    this.#source = source;
    this.speed = speed;
    this.#skipNs = catchUp === 'skip' ? sendOffsetNs(source.intervalNs, speed) : 0;
    // Flat out everything is due at the start, so lateness is undefined.
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

  /** When the next datagram is due; Infinity before the start, after the last one, and once stopped. */
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

  /** Takes the datagrams that are due, up to `max` in the batch; those that do not fit stay due. */
  takeDue(nowNs: number, batch: DatagramBatch, max: number): void {
    if (this.#skipNs > 0) this.#skipMissed(nowNs);
    const observeLateness = this.#observeLateness;
    let count = this.#nextCount;
    let dueNs = this.#nextDueNs;
    while (dueNs <= nowNs && batch.count < max && this.#source.append(batch, count, dueNs)) {
      observeLateness?.(nowNs - dueNs);
      count += 1;
      dueNs = this.#deadlineNs(count);
    }
    this.#nextCount = count;
    this.#nextDueNs = dueNs;
  }

  /** Moves the deadline to the start of the current interval. */
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
