/**
 * The stages of one direction that go by time: delay, then the link. It says what leaves when, and in which order.
 *
 * Sans I/O; it knows slots of held datagrams, not bytes. Times inside are relative to the first datagram's planned
 * sending time; on the clock of arrivals that instant is when it arrived. A datagram leaves once its scheduled
 * release has come and nothing that is still to come could be scheduled before it. An index that should have come
 * by then is waited for, a bounded time.
 */
import { DelayStage } from '../impairment/delayStage.ts';
import { DROP_CAUSES } from '../impairment/causes.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import { Link } from '../impairment/link.ts';
import { ReleaseQueue } from '../impairment/releaseQueue.ts';
import type { DirectionCounters } from './counters.ts';
import { LinkQueue } from './linkQueue.ts';
import type { FateNotes } from './fateNotes.ts';
import type { HeldDatagrams } from './heldDatagrams.ts';

/** Planned sending time of an index, nanoseconds since the stream's start; never falls as the index rises. */
export type SendTimes = (index: number) => number;

/** What it needs of the direction it is part of. */
export interface TimedSurroundings {
  readonly held: HeldDatagrams;
  readonly counters: DirectionCounters;
  readonly notes: FateNotes | null;
  /** Longest wait for an index that should have arrived, nanoseconds. */
  readonly holdMaxNs: number;
  /** Sends what is in a slot, once, without giving it back. */
  readonly send: (slot: number, timeNs: number) => void;
}

const QUEUE_DROP = DROP_CAUSES.indexOf('queue');

export class TimedStages {
  /** Times that a bound struck and the order is not the scheduled one. */
  boundStruck = 0;
  readonly #around: TimedSurroundings;
  readonly #delay: DelayStage;
  readonly #timeline = new ReleaseQueue();
  readonly #link: Link | null;
  readonly #departures = new LinkQueue();
  #plan: SendTimes | null = null;
  /** The index that arrived first; 0 before. */
  #firstIndex = 0;
  /** When it was planned to be sent, and when it arrived. */
  #originNs = 0;
  #baseNs = 0;
  /** When a datagram last reached the link: there, time never goes back. */
  #offeredNs = 0;
  /** The index that the first in line waits for, and since when; NaN when it waits for none. */
  #awaited = 0;
  #awaitedSinceNs = Number.NaN;
  /** The index that was waited for in vain. */
  #givenUp = 0;

  constructor({ delay, rate }: ImpairmentConfig, around: TimedSurroundings) {
    this.#around = around;
    this.#delay = new DelayStage(delay?.keepOrder ?? true);
    this.#link = rate === null ? null : new Link(rate);
  }

  get pending(): number {
    return this.#timeline.count + this.#departures.count;
  }

  /** The stream's plan becomes known. Without one it goes by arrival times, and the order depends on timing. */
  followPlan(plan: SendTimes): void {
    this.#plan = plan;
    if (this.#firstIndex > 0) this.#originNs = plan(this.#firstIndex);
  }

  /** Told of the first arrival. */
  begin(index: number, arrivalNs: number): void {
    this.#firstIndex = index;
    this.#originNs = this.#plan === null ? 0 : this.#plan(index);
    this.#baseNs = arrivalNs;
  }

  /**
   * Takes a slot that the hold stage let go.
   * @param index the index whose pass let it go: its own, where it was not held
   * @param arrivalNs when that one arrived
   */
  enter(slot: number, index: number, arrivalNs: number): void {
    const entryNs = this.#plan === null ? arrivalNs - this.#baseNs : this.#plan(index) - this.#originNs;
    const releaseNs = this.#delay.releaseNs(entryNs, this.#around.held.delayNs(slot));
    if (this.#timeline.push(releaseNs, slot)) return;
    this.boundStruck += 1;
    this.#leaveFirst();
    this.#timeline.push(releaseNs, slot);
  }

  /**
   * Releases what is due.
   * @param nextIndex the lowest index that may still come in order
   * @param ended whether none will
   */
  wake(nowNs: number, nextIndex: number, ended: boolean): void {
    // Nothing that has yet to come can enter before the next index is planned to be sent.
    const isFinal = this.#plan === null || ended || nextIndex === this.#givenUp;
    this.#release(nowNs, isFinal || this.#plan === null ? Infinity : this.#plan(nextIndex) - this.#originNs);
    if (this.#baseNs + this.#timeline.nextReleaseNs() > nowNs) {
      this.#awaitedSinceNs = Number.NaN;
    } else if (Number.isNaN(this.#awaitedSinceNs) || this.#awaited !== nextIndex) {
      this.#awaited = nextIndex;
      this.#awaitedSinceNs = nowNs;
    } else if (this.#awaitedSinceNs + this.#around.holdMaxNs <= nowNs) {
      this.boundStruck += 1;
      this.#givenUp = nextIndex;
      this.#awaitedSinceNs = Number.NaN;
      this.#release(nowNs, Infinity);
    }
    this.#depart(nowNs);
  }

  /** When `wake` is wanted, on the clock of arrivals, nanoseconds. */
  nextWakeNs(): number {
    const departNs = this.#baseNs + this.#departures.nextNs();
    const releaseNs = Number.isNaN(this.#awaitedSinceNs)
      ? this.#baseNs + this.#timeline.nextReleaseNs()
      : this.#awaitedSinceNs + this.#around.holdMaxNs;
    return Math.min(releaseNs, departNs);
  }

  /** What is left will never leave. Returns how many datagrams and copies that is. */
  abandon(): number {
    const { held } = this.#around;
    let left = this.#departures.count;
    while (this.#departures.count > 0) held.giveBack(this.#departures.take());
    for (let slot = this.#timeline.take(Infinity); slot >= 0; slot = this.#timeline.take(Infinity)) {
      left += 1 + held.copies(slot);
      held.giveBack(slot);
    }
    return left;
  }

  /** Lets go what is scheduled by now, and by a time within the schedule. */
  #release(nowNs: number, finalNs: number): void {
    for (;;) {
      const releaseNs = this.#timeline.nextReleaseNs();
      // Compared on the clock of arrivals, as `nextWakeNs` adds it up: rounding must not make it wait for ever.
      if (releaseNs > finalNs || this.#baseNs + releaseNs > nowNs) return;
      if (this.#timeline.count === 0) return;
      this.#leaveFirst();
    }
  }

  /** From the delay stage to the link, or out. */
  #leaveFirst(): void {
    const { held, counters, notes, send } = this.#around;
    const releaseNs = this.#timeline.nextReleaseNs();
    const slot = this.#timeline.take(Infinity);
    const link = this.#link;
    if (releaseNs > this.#offeredNs) this.#offeredNs = releaseNs;
    for (let copy = held.copies(slot); copy >= 0; copy -= 1) {
      if (link === null) {
        send(slot, this.#baseNs + releaseNs);
        continue;
      }
      const departNs = link.offer(this.#offeredNs, held.lengthBytes(slot));
      if (departNs < 0) {
        const { droppedByCause } = counters;
        droppedByCause[QUEUE_DROP] = (droppedByCause[QUEUE_DROP] as number) + 1;
        notes?.noteQueueDrop(held.index(slot), held.repeat(slot));
      } else this.#departures.put(held.share(slot), departNs);
    }
    held.giveBack(slot);
  }

  #depart(nowNs: number): void {
    while (this.#baseNs + this.#departures.nextNs() <= nowNs) {
      const timeNs = this.#baseNs + this.#departures.nextNs();
      if (this.#departures.count === 0) return;
      const slot = this.#departures.take();
      this.#around.send(slot, timeNs);
      this.#around.held.giveBack(slot);
    }
  }
}
