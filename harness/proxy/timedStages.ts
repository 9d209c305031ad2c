/**
 * The time-based stages of one direction: delay, then the link. They decide when each datagram leaves, and in which order.
 *
 * They handle slots of held datagrams, not bytes. Times inside are relative to the first datagram's planned sending time,
 * which corresponds to its arrival on the clock of arrivals. A datagram leaves when its scheduled release has come and no
 * later datagram could be scheduled before it. A missing index that is due by then is waited for, for a limited time.
 */
import { DelayStage } from '../impairment/delayStage.ts';
import { DROP_CAUSES } from '../impairment/causes.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import { Link } from '../impairment/link.ts';
import { ReleaseQueue } from '../impairment/releaseQueue.ts';
import type { Bound } from './bounds.ts';
import type { DirectionCounters } from './counters.ts';
import { LinkQueue } from './linkQueue.ts';
import type { FateNotes } from './fateNotes.ts';
import type { HeldDatagrams } from './heldDatagrams.ts';

/** Planned sending time of an index, nanoseconds since the stream's start; never falls as the index rises. */
export type SendTimes = (index: number) => number;

/** What it needs of its direction. */
export interface TimedSurroundings {
  readonly held: HeldDatagrams;
  readonly counters: DirectionCounters;
  readonly notes: FateNotes | null;
  /** Longest wait for a missing index, nanoseconds. */
  readonly holdMaxNs: number;
  /** Sends a slot's datagram once, without giving the slot back. */
  readonly send: (slot: number, timeNs: number) => void;
  /** Counts a bound that struck. */
  readonly strike: (bound: Bound) => void;
}

const QUEUE_DROP = DROP_CAUSES.indexOf('queue');

export class TimedStages {
  readonly #around: TimedSurroundings;
  readonly #delay: DelayStage;
  readonly #releaseQueue = new ReleaseQueue();
  readonly #link: Link | null;
  readonly #linkQueue = new LinkQueue();
  #plan: SendTimes | null = null;
  /** The index that arrived first; 0 before. */
  #firstIndex = 0;
  /** When it was planned to be sent, and when it arrived. */
  #originNs = 0;
  #baseNs = 0;
  /** When a datagram was last offered to the link, where time never goes back. */
  #offeredNs = 0;
  /** The missing index that the first datagram waits for, and since when; NaN if it waits for none. */
  #awaited = 0;
  #awaitedSinceNs = Number.NaN;
  /** The index that was waited for until the limit. */
  #givenUp = 0;
  /** The latest scheduled release of those that a bound let go while earlier ones could still come. */
  #letGoNs = Number.NEGATIVE_INFINITY;

  constructor({ delay, rate }: ImpairmentConfig, around: TimedSurroundings) {
    this.#around = around;
    this.#delay = new DelayStage(delay?.keepOrder ?? true);
    this.#link = rate === null ? null : new Link(rate);
  }

  get pending(): number {
    return this.#releaseQueue.count + this.#linkQueue.count;
  }

  /** The stream's plan is known. Without one, times are arrival times, and the order depends on timing. */
  followPlan(plan: SendTimes): void {
    this.#plan = plan;
    if (this.#firstIndex > 0) this.#originNs = plan(this.#firstIndex);
  }

  /** The first datagram has arrived. */
  begin(index: number, arrivalNs: number): void {
    this.#firstIndex = index;
    this.#originNs = this.#plan === null ? 0 : this.#plan(index);
    this.#baseNs = arrivalNs;
  }

  /**
   * Takes a slot that has left the reorder buffer.
   * @param index the index whose pass released it: its own, if it was not held
   * @param arrivalNs arrival of that index
   */
  enter(slot: number, index: number, arrivalNs: number): void {
    const entryNs = this.#plan === null ? arrivalNs - this.#baseNs : this.#plan(index) - this.#originNs;
    const releaseNs = this.#delay.releaseNs(entryNs, this.#around.held.delayNs(slot));
    this.#releaseQueue.push(releaseNs, slot);
    if (this.#around.held.isOver) this.#makeRoom(arrivalNs);
  }

  /**
   * Releases what is due.
   * @param nextIndex the lowest index that may still come in order
   * @param ended whether no more will come
   */
  wake(nowNs: number, nextIndex: number, ended: boolean): void {
    // Nothing still to come can enter before the planned time of the next index.
    const plan = ended || nextIndex === this.#givenUp ? null : this.#plan;
    const finalNs = plan === null ? Infinity : plan(nextIndex) - this.#originNs;
    this.#release(nowNs, finalNs, !ended && nextIndex === this.#givenUp);
    if (this.#baseNs + this.#releaseQueue.nextReleaseNs() > nowNs) {
      this.#awaitedSinceNs = Number.NaN;
    } else if (Number.isNaN(this.#awaitedSinceNs) || this.#awaited !== nextIndex) {
      this.#awaited = nextIndex;
      this.#awaitedSinceNs = nowNs;
    } else if (this.#awaitedSinceNs + this.#around.holdMaxNs <= nowNs) {
      this.#around.strike('missing');
      this.#givenUp = nextIndex;
      this.#awaitedSinceNs = Number.NaN;
      this.#release(nowNs, Infinity, true);
    }
    this.#depart(nowNs);
  }

  /** Time of the next `wake`, on the clock of arrivals, nanoseconds. */
  nextWakeNs(): number {
    const departNs = this.#baseNs + this.#linkQueue.nextNs();
    const releaseNs = Number.isNaN(this.#awaitedSinceNs)
      ? this.#baseNs + this.#releaseQueue.nextReleaseNs()
      : this.#awaitedSinceNs + this.#around.holdMaxNs;
    return Math.min(releaseNs, departNs);
  }

  /** Discards what is left. Returns the number of datagrams and copies. */
  abandon(): number {
    const { held } = this.#around;
    let left = this.#linkQueue.count;
    while (this.#linkQueue.count > 0) held.giveBack(this.#linkQueue.take());
    for (let slot = this.#releaseQueue.take(Infinity); slot >= 0; slot = this.#releaseQueue.take(Infinity)) {
      left += 1 + held.copies(slot);
      held.giveBack(slot);
    }
    return left;
  }

  /** Releases what is scheduled by now and not after `finalNs`. @param isLetGo whether earlier ones could still come */
  #release(nowNs: number, finalNs: number, isLetGo: boolean): void {
    for (;;) {
      const releaseNs = this.#releaseQueue.nextReleaseNs();
      // Compared on the clock of arrivals, with the same sum as in `nextWakeNs`: rounding must not make it wait for ever.
      if (releaseNs > finalNs || this.#baseNs + releaseNs > nowNs) return;
      if (this.#releaseQueue.count === 0) return;
      this.#leaveFirst(Infinity, isLetGo);
    }
  }

  /** While too much is held, what would leave next leaves now, early. */
  #makeRoom(nowNs: number): void {
    const { held, strike } = this.#around;
    while (held.isOver && this.pending > 0) {
      if (this.#linkQueue.count > 0) {
        if (this.#baseNs + this.#linkQueue.nextNs() > nowNs) strike('memoryLink');
        this.#departFirst(nowNs);
      } else {
        if (this.#baseNs + this.#releaseQueue.nextReleaseNs() > nowNs) strike('memoryDelay');
        this.#leaveFirst(nowNs, true);
      }
    }
  }

  /**
   * Moves the first datagram from the delay stage to the link, or sends it.
   * @param latestNs it is sent at its scheduled release, or at this time if that is earlier
   * @param isLetGo whether earlier ones could still come
   */
  #leaveFirst(latestNs: number, isLetGo: boolean): void {
    const { held, counters, notes, send } = this.#around;
    const releaseNs = this.#releaseQueue.nextReleaseNs();
    const slot = this.#releaseQueue.take(Infinity);
    const link = this.#link;
    if (releaseNs < this.#letGoNs) counters.struck.overtaken += 1;
    else if (isLetGo) this.#letGoNs = releaseNs;
    if (releaseNs > this.#offeredNs) this.#offeredNs = releaseNs;
    for (let copy = held.copies(slot); copy >= 0; copy -= 1) {
      if (link === null) {
        send(slot, Math.min(this.#baseNs + releaseNs, latestNs));
        continue;
      }
      const departNs = link.offer(this.#offeredNs, held.lengthBytes(slot));
      if (departNs < 0) {
        const { droppedByCause } = counters;
        droppedByCause[QUEUE_DROP] = (droppedByCause[QUEUE_DROP] as number) + 1;
        notes?.noteQueueDrop(held.index(slot), held.repeat(slot));
      } else this.#linkQueue.put(held.share(slot), departNs);
    }
    held.giveBack(slot);
  }

  #depart(nowNs: number): void {
    while (this.#linkQueue.count > 0 && this.#baseNs + this.#linkQueue.nextNs() <= nowNs)
      this.#departFirst(Infinity);
  }

  /** Sends the link's first datagram. @param latestNs as in `leaveFirst` */
  #departFirst(latestNs: number): void {
    const timeNs = this.#baseNs + this.#linkQueue.nextNs();
    const slot = this.#linkQueue.take();
    this.#around.send(slot, Math.min(timeNs, latestNs));
    this.#around.held.giveBack(slot);
  }
}
