/**
 * The time-based stages of one direction: delay, then the link. They decide when each datagram leaves, and in which order.
 *
 * They handle slots of held datagrams, not bytes. Times inside are relative to the first datagram's planned sending time,
 * which corresponds to its arrival on the clock of arrivals. A datagram leaves when its scheduled release has come and no
 * later datagram could be scheduled before it. A missing index that is due by then is waited for, for a limited time.
 *
 * At a shared link times are the link's, and the link decides when the first datagram leaves the delay stage.
 */
import { DelayStage } from '../../impairment/delayStage.ts';
import { DROP_CAUSES } from '../../impairment/causes.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import { Link } from '../../impairment/link.ts';
import { isSameStage } from '../../impairment/epochs.ts';
import { ReleaseQueue } from '../../impairment/releaseQueue.ts';
import { delay as delayStage } from '../../impairment/stages/delay.ts';
import { rate as rateStage } from '../../impairment/stages/rate.ts';
import type { Stage } from '../../impairment/stages/stage.ts';
import type { Bound } from './bounds.ts';
import type { DirectionCounters } from './counters.ts';
import { LinkQueue } from './linkQueue.ts';
import { StageTurns } from './stageTurns.ts';
import type { FateNotes } from '../told/fateNotes.ts';
import type { HeldDatagrams } from './heldDatagrams.ts';
import { emptyNs } from './sharedLink.ts';
import type { LinkMember, SharedLink } from './sharedLink.ts';

/** Planned sending time of an index, nanoseconds since the stream's start; never falls as the index rises. */
export type SendTimes = (index: number) => number;

/** The link that all flows share, and a stream's part in it. */
export interface SharedPart {
  readonly link: SharedLink;
  /** By which ties with other streams are decided, its own. */
  readonly rank: number;
  /** Called when something may have changed outside `wake`: the flow is to be drained, and asked when it must wake. */
  readonly touch: () => void;
}

/** What it needs of its direction. */
export interface TimedSurroundings {
  readonly held: HeldDatagrams;
  readonly counters: DirectionCounters;
  readonly notes: FateNotes | null;
  /** Longest wait for a missing index, nanoseconds. */
  readonly holdMaxNs: number;
  /** Sends a slot's datagram once, without giving the slot back. */
  readonly send: (slot: number, timeNs: number) => void;
  /** Notes that the full queue of the link has dropped a slot's datagram, or a copy of it. */
  readonly dropped: (slot: number, timeNs: number) => void;
  /** Notes the time of a step outside `wake`, at a shared link. */
  readonly noteTime: (nowNs: number) => void;
  /** Counts a bound that struck. */
  readonly strike: (bound: Bound) => void;
  /** Null if the link is its own. */
  readonly shared: SharedPart | null;
}

const QUEUE_DROP = DROP_CAUSES.indexOf('queue');
/** What waits at a shared link waits until the link wakes. */
const WHEN_LINK_WAKES_NS = Number.MAX_VALUE;

export class TimedStages implements LinkMember {
  readonly #around: TimedSurroundings;
  readonly #delay: DelayStage;
  readonly #releaseQueue = new ReleaseQueue();
  #link: Link | SharedLink | null;
  /** Settings to come: of the delay for those that enter it, and of the link for those that are offered to it. */
  readonly #delayTurns = new StageTurns<ImpairmentConfig['delay']>();
  readonly #linkTurns = new StageTurns<ImpairmentConfig['rate']>();
  /** The settings that it was told last, from which index on, and those before them. */
  #last: {
    readonly firstIndex: number;
    readonly config: ImpairmentConfig;
    readonly before: ImpairmentConfig | null;
  };
  readonly #shared: SharedPart | null;
  /** Its number at the shared link. */
  readonly #slot: number = -1;
  readonly #linkQueue = new LinkQueue();
  #plan: SendTimes | null = null;
  /** The index that arrived first; 0 before. */
  #firstIndex = 0;
  /** When it was planned to be sent, and when it arrived. */
  #originNs = 0;
  #beganNs = 0;
  #ended = false;
  /** The time that all others are relative to, and the latest scheduled release of those that a bound let go early. */
  readonly #axis: { baseNs: number; letGoNs: number };
  /** When a datagram was last offered to the link, where time never goes back. */
  #offeredNs = 0;
  /** The missing index that the first datagram waits for, and since when; NaN if it waits for none. */
  #awaited = 0;
  #awaitedSinceNs = Number.NaN;
  /** The index that was waited for until the limit. */
  #givenUp = 0;

  /** @param number of the epoch */
  constructor(config: ImpairmentConfig, number: number, around: TimedSurroundings) {
    const { delay, rate } = config;
    this.#around = around;
    this.#last = { firstIndex: 1, config, before: null };
    this.#delay = new DelayStage(delay?.keepOrder ?? true);
    this.#shared = around.shared;
    this.#axis = around.shared?.link ?? { baseNs: 0, letGoNs: Number.NEGATIVE_INFINITY };
    this.#link = around.shared?.link ?? (rate === null ? null : new Link(rate));
    // A link that all share may still have an earlier epoch's settings, or get others before this stream has any.
    if (around.shared !== null) this.#linkTurns.set(1, number, rate);
    if (around.shared !== null) this.#slot = around.shared.link.join(this, around.shared.rank);
  }

  /** New settings, for datagrams from an index on. @param number of the epoch */
  change(firstIndex: number, number: number, config: ImpairmentConfig): void {
    const last = this.#last;
    // Settings that no index had are none.
    const before = firstIndex === last.firstIndex ? last.before : last.config;
    this.#last = { firstIndex, config, before };
    const isSame = (stage: Stage): boolean => before !== null && isSameStage(stage, before, config);
    this.#delayTurns.set(firstIndex, number, isSame(delayStage) ? undefined : config.delay);
    this.#linkTurns.set(firstIndex, number, isSame(rateStage) ? undefined : config.rate);
  }

  get pending(): number {
    return this.#releaseQueue.count + this.#linkQueue.count;
  }

  /** The stream's plan is known. Without one, times are arrival times, and the order depends on timing. */
  followPlan(plan: SendTimes): void {
    this.#plan = plan;
    if (this.#firstIndex > 0) this.#align(plan(this.#firstIndex));
  }

  /** The first datagram has arrived. */
  begin(index: number, arrivalNs: number): void {
    this.#firstIndex = index;
    this.#beganNs = arrivalNs;
    this.#align(this.#plan?.(index) ?? Number.NaN);
  }

  /** @param plannedNs when its first datagram was planned to be sent; NaN if that is unknown */
  #align(plannedNs: number): void {
    const isPlanned = !Number.isNaN(plannedNs);
    if (this.#shared === null) {
      this.#axis.baseNs = this.#beganNs;
      this.#originNs = isPlanned ? plannedNs : 0;
      return;
    }
    const { link } = this.#shared;
    const shiftNs = link.align(this.#beganNs, plannedNs);
    link.setActive(this.#slot, true);
    if (shiftNs !== null) this.#originNs = -shiftNs;
    else {
      this.#around.strike('outOfStep');
      this.#originNs = plannedNs - (this.#beganNs - link.baseNs);
    }
  }

  /**
   * Takes a slot that has left the reorder buffer.
   * @param index the index whose pass released it: its own, if it was not held
   * @param arrivalNs arrival of that index
   */
  enter(slot: number, index: number, arrivalNs: number): void {
    const { held } = this.#around;
    const entryNs = this.#plan === null ? arrivalNs - this.#axis.baseNs : this.#plan(index) - this.#originNs;
    this.#turnDelay(held.index(slot));
    const releaseNs = this.#delay.releaseNs(entryNs, held.delayNs(slot));
    held.setEntry(slot, index);
    this.#releaseQueue.push(releaseNs, slot);
    if (held.isOver) this.#makeRoom(arrivalNs);
    this.#noteHead();
  }

  /**
   * Releases what is due.
   * @param heardNs everything that arrived by this time has come in; what arrived later may still leave before others
   * @param nextIndex the lowest index that may still come in order
   * @param ended whether no more will come
   */
  wake(nowNs: number, heardNs: number, nextIndex: number, ended: boolean): void {
    if (this.#shared !== null) return this.#wakeShared(this.#shared.link, nowNs, nextIndex, ended);
    // Nothing still to come can enter before the planned time of the next index.
    const plan = ended || nextIndex === this.#givenUp ? null : this.#plan;
    const finalNs = plan === null ? Infinity : plan(nextIndex) - this.#originNs;
    const dueNs = plan === null && !ended ? Math.min(nowNs, heardNs) : nowNs;
    this.#release(dueNs, finalNs, !ended && nextIndex === this.#givenUp);
    if (this.#axis.baseNs + this.#releaseQueue.nextReleaseNs() > dueNs) {
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
    const departNs = this.#axis.baseNs + this.#linkQueue.nextNs();
    if (this.#shared !== null)
      return this.#releaseQueue.count > 0 ? Math.min(departNs, WHEN_LINK_WAKES_NS) : departNs;
    const releaseNs = Number.isNaN(this.#awaitedSinceNs)
      ? this.#axis.baseNs + this.#releaseQueue.nextReleaseNs()
      : this.#awaitedSinceNs + this.#around.holdMaxNs;
    return Math.min(releaseNs, departNs);
  }

  /** When the last of what is inside leaves at the latest, on the clock of arrivals, nanoseconds; a shared link knows its own. */
  lastDepartureNs(): number {
    if (this.pending === 0 || this.#shared !== null) return Number.NEGATIVE_INFINITY;
    const { lastNs, bytes, coming } = this.waiting();
    const link = this.#link as Link | null;
    return this.#axis.baseNs + emptyNs(link?.emptyNs(lastNs, bytes) ?? lastNs, bytes, coming);
  }

  /** The latest scheduled release of what has not reached the link, and its bytes, copies included. */
  waiting(): ReturnType<LinkMember['waiting']> {
    const { held } = this.#around;
    let lastNs = this.#offeredNs;
    let bytes = 0;
    this.#releaseQueue.forEach((releaseNs, slot) => {
      lastNs = Math.max(lastNs, releaseNs);
      bytes += (held.copies(slot) + 1) * held.lengthBytes(slot);
    });
    return { lastNs, bytes, coming: this.#linkTurns.coming };
  }

  /** Datagrams and copies that have not left. */
  waitingCount(): number {
    const { held } = this.#around;
    let count = this.#linkQueue.count;
    this.#releaseQueue.forEach((_releaseNs, slot) => (count += 1 + held.copies(slot)));
    return count;
  }

  /** Discards what is left. */
  abandon(): void {
    const { held } = this.#around;
    while (this.#linkQueue.count > 0) held.giveBack(this.#linkQueue.take());
    for (let slot = this.#releaseQueue.take(Infinity); slot >= 0; slot = this.#releaseQueue.take(Infinity))
      held.giveBack(slot);
    this.#shared?.link.leave(this.#slot);
  }

  /** For the shared link: its first datagram has its turn there. */
  offerFirst(isLetGo: boolean): void {
    this.#leaveFirst(Infinity, isLetGo);
    this.#noteHead();
    this.#shared?.touch();
  }

  /** For the shared link: sends what has left it by now. */
  depart(nowNs: number): void {
    this.#around.noteTime(nowNs);
    this.#depart(nowNs);
    this.#noteActivity();
  }

  /** For the shared link: the next index was waited for until the limit. */
  missed(): void {
    this.#around.strike('missing');
    this.#shared?.touch();
  }

  /** Tells the shared link how far this stream is, and sends what has left the link. */
  #wakeShared(link: SharedLink, nowNs: number, nextIndex: number, ended: boolean): void {
    const isBegun = this.#firstIndex > 0;
    const plan = ended ? null : this.#plan;
    const frontierNs =
      plan === null ? Infinity : plan(nextIndex) + (isBegun ? -this.#originNs : link.shiftNs);
    this.#ended = ended;
    link.setFrontier(this.#slot, frontierNs, nextIndex);
    this.depart(nowNs);
  }

  #noteHead(): void {
    if (this.#shared === null) return;
    const queue = this.#releaseQueue;
    const entry = queue.count === 0 ? 0 : this.#around.held.entry(queue.first);
    this.#shared.link.setHead(this.#slot, queue.nextReleaseNs(), entry);
  }

  #noteActivity(): void {
    if (this.#firstIndex > 0) this.#shared?.link.setActive(this.#slot, !this.#ended || this.pending > 0);
  }

  /** Releases what is scheduled by now and not after `finalNs`. @param isLetGo whether earlier ones could still come */
  #release(nowNs: number, finalNs: number, isLetGo: boolean): void {
    for (;;) {
      const releaseNs = this.#releaseQueue.nextReleaseNs();
      // Compared on the clock of arrivals, with the same sum as in `nextWakeNs`: rounding must not make it wait for ever.
      if (releaseNs > finalNs || this.#axis.baseNs + releaseNs > nowNs) return;
      if (this.#releaseQueue.count === 0) return;
      this.#leaveFirst(Infinity, isLetGo);
    }
  }

  /** While too much is held, what would leave next leaves now, early. */
  #makeRoom(nowNs: number): void {
    const { held, strike } = this.#around;
    while (held.isOver && this.pending > 0) {
      if (this.#linkQueue.count > 0) {
        if (this.#axis.baseNs + this.#linkQueue.nextNs() > nowNs) strike('memoryLink');
        this.#departFirst(nowNs);
      } else {
        if (this.#axis.baseNs + this.#releaseQueue.nextReleaseNs() > nowNs) strike('memoryDelay');
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
    const { held, counters, notes, send, dropped } = this.#around;
    const releaseNs = this.#releaseQueue.nextReleaseNs();
    const slot = this.#releaseQueue.take(Infinity);
    this.#turnLinkAt(held.index(slot));
    const link = this.#link;
    const shared = this.#shared?.link ?? null;
    if (releaseNs < this.#axis.letGoNs) counters.struck.overtaken += 1;
    else if (isLetGo) this.#axis.letGoNs = releaseNs;
    else if (releaseNs < (shared?.offeredNs ?? this.#offeredNs)) this.#around.strike('readLate');
    if (shared !== null) notes?.noteLinkIndex(held.index(slot), shared.offered + 1, held.repeat(slot));
    if (releaseNs > this.#offeredNs) this.#offeredNs = releaseNs;
    for (let copy = held.copies(slot); copy >= 0; copy -= 1) {
      if (link === null) {
        send(slot, Math.min(this.#axis.baseNs + releaseNs, latestNs));
        continue;
      }
      const atNs = shared === null ? this.#offeredNs : releaseNs;
      const departNs = link.offer(atNs, held.lengthBytes(slot));
      if (departNs < 0) {
        const { droppedByCause } = counters;
        droppedByCause[QUEUE_DROP] = (droppedByCause[QUEUE_DROP] as number) + 1;
        dropped(slot, Math.min(this.#axis.baseNs + atNs, latestNs));
      } else this.#linkQueue.put(held.share(slot), departNs);
    }
    held.giveBack(slot);
  }

  #turnDelay(index: number): void {
    if (index < this.#delayTurns.nextAt) return;
    this.#delayTurns.reach(index, (delay) => this.#delay.change(delay));
  }

  #turnLinkAt(index: number): void {
    if (index >= this.#linkTurns.nextAt) this.#linkTurns.reach(index, this.#turnLink);
  }

  readonly #turnLink = (rate: ImpairmentConfig['rate'], number: number): void => {
    const shared = this.#shared?.link ?? null;
    if (shared !== null) shared.change(rate, number);
    else if (this.#link !== null) (this.#link as Link).change(rate);
    else if (rate !== null) this.#link = new Link(rate);
  };

  #depart(nowNs: number): void {
    while (this.#linkQueue.count > 0 && this.#axis.baseNs + this.#linkQueue.nextNs() <= nowNs)
      this.#departFirst(Infinity);
  }

  /** Sends the link's first datagram. @param latestNs as in `leaveFirst` */
  #departFirst(latestNs: number): void {
    const timeNs = this.#axis.baseNs + this.#linkQueue.nextNs();
    const slot = this.#linkQueue.take();
    this.#around.send(slot, Math.min(timeNs, latestNs));
    this.#around.held.giveBack(slot);
  }
}
