/**
 * The shared link of a direction: all flows meet here after their delays, and it decides whose datagram is next.
 *
 * Its time is media time where plans are known, for a server sends one stream to all its clients; else time since the first
 * arrival. The order is that of scheduled release; at a tie that of the indices whose passes brought the datagrams here, then
 * that of the flows. A datagram is offered when it is due and no flow can have one that comes before it; a flow whose next
 * index is missing is waited for, for a limited time.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';
import { Link } from '../../impairment/link.ts';
import type { RateFields } from '../../impairment/stages/rate.ts';
import { Turns } from './turns.ts';

/** What the link needs of each stream that uses it. */
export interface LinkMember {
  /** Offers its first datagram. @param isLetGo whether earlier ones could still come, from any flow */
  offerFirst(isLetGo: boolean): void;
  /** Sends what has left the link by now. */
  depart(nowNs: number): void;
  /** Its next index has been waited for long enough. */
  missed(): void;
  /** The latest scheduled release of what it has waiting, its bytes, and the links to come. */
  waiting(): {
    readonly lastNs: number;
    readonly bytes: number;
    readonly coming: readonly (Rate | null)[];
  };
}

type Rate = NonNullable<RateFields['rate']>;

/** When everything has left at the latest, whichever of the links to come it meets. @param thisNs when this link has sent it all */
export const emptyNs = (thisNs: number, bytes: number, coming: readonly (Rate | null)[]): number =>
  coming.reduce((latestNs, rate) => Math.max(latestNs, new Link(rate).emptyNs(thisNs, bytes)), thisNs);

export class SharedLink {
  /** Time 0 of the link, on the clock of arrivals, nanoseconds; NaN before the first datagram. */
  baseNs = Number.NaN;
  /** The latest scheduled release of those that a bound let go while earlier ones could still come. */
  letGoNs = Number.NEGATIVE_INFINITY;
  /** Datagrams and copies offered so far: the index of the last one over all flows. */
  offered = 0;
  #rate: Rate | null;
  /** The number of the epoch whose settings it has. */
  #epoch = 1;
  readonly #holdMaxNs: number;
  #link: Link;
  /** When a datagram was last offered: the link's time never goes back. */
  #offeredNs = 0;
  /** Media time 0, on the clock of arrivals; NaN until a stream with a plan has begun. */
  #mediaNs = Number.NaN;
  /** By slot; slots are reused. */
  readonly #members: (LinkMember | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #ranks = new GrowingColumn(new Float64Array(0));
  /** Slot → 1 while its stream goes on or has something here. */
  readonly #active = new GrowingColumn(new Uint8Array(0));
  #activeCount = 0;
  /** The first waiting datagram of each stream. */
  readonly #heads = new Turns(this.#ranks);
  /** What no later datagram of a stream can come before: the planned time of its next index. */
  readonly #frontiers = new Turns(this.#ranks);
  /** Slot → the next index that was waited for until the limit; 0 for none. */
  readonly #givenUp = new GrowingColumn(new Float64Array(0));
  #givenUpCount = 0;
  /** The stream and its next index that the first datagram waits for, and since when; NaN if it waits for none. */
  #awaitedSlot = -1;
  #awaitedIndex = 0;
  #awaitedSinceNs = Number.NaN;

  /** @param holdMaxNs longest wait for a missing index, nanoseconds */
  constructor(rate: Rate | null, holdMaxNs: number) {
    this.#rate = rate;
    this.#holdMaxNs = holdMaxNs;
    this.#link = new Link(rate);
  }

  /** The first datagram of an epoch has its turn: from now on the link has its settings, unless a later one's have come. */
  change(rate: Rate | null, number: number): void {
    if (number <= this.#epoch) return;
    this.#epoch = number;
    this.#rate = rate;
    this.#link.change(rate);
  }

  /** Adds a stream, and returns its slot. @param rank by which ties are decided, its own */
  join(member: LinkMember, rank: number): number {
    const slot = this.#free.pop() ?? this.#members.length;
    this.#members[slot] = member;
    for (const column of [this.#ranks, this.#active, this.#givenUp]) column.fit(slot + 1);
    this.#ranks.values[slot] = rank;
    return slot;
  }

  /** Takes a stream away, with what it has waiting; nobody waits for it any more. */
  leave(slot: number): void {
    if (this.#members[slot] === undefined) return;
    this.setHead(slot, Number.POSITIVE_INFINITY, 0);
    this.setFrontier(slot, Number.POSITIVE_INFINITY, 0);
    this.setActive(slot, false);
    this.#members[slot] = undefined;
    this.#free.push(slot);
    this.#awaitedSinceNs = Number.NaN;
  }

  /**
   * A stream's first datagram has arrived, or its plan has become known later.
   * @param plannedNs when it was planned to be sent; NaN without a plan
   * @returns what to add to the stream's planned times, nanoseconds; null if it began so far from the plan of the others that
   *   it needs times of its own
   */
  align(arrivalNs: number, plannedNs: number): number | null {
    if (this.#activeCount === 0) this.#restart();
    const isPlanned = !Number.isNaN(plannedNs);
    const ownNs = isPlanned ? arrivalNs - plannedNs : arrivalNs;
    if (Number.isNaN(this.baseNs)) this.baseNs = ownNs;
    if (!isPlanned) return 0;
    if (Number.isNaN(this.#mediaNs)) this.#mediaNs = ownNs;
    return Math.abs(ownNs - this.#mediaNs) <= this.#holdMaxNs ? this.#mediaNs - this.baseNs : null;
  }

  /** As `align`, for a stream with a plan that has not begun; Infinity if it is not known yet. */
  get shiftNs(): number {
    if (Number.isNaN(this.baseNs)) return 0;
    return Number.isNaN(this.#mediaNs) ? Number.POSITIVE_INFINITY : this.#mediaNs - this.baseNs;
  }

  /** Whether a stream goes on, or has something waiting here or in its queue. */
  setActive(slot: number, isActive: boolean): void {
    const value = isActive ? 1 : 0;
    this.#activeCount += value - (this.#active.values[slot] as number);
    this.#active.values[slot] = value;
  }

  /** The first waiting datagram of a stream. @param releaseNs its scheduled release; Infinity for none */
  setHead(slot: number, releaseNs: number, index: number): void {
    this.#heads.set(slot, releaseNs, index);
  }

  /** What no later datagram of a stream can come before. @param timeNs Infinity for no limit */
  setFrontier(slot: number, timeNs: number, index: number): void {
    const givenUp = this.#givenUp.values[slot] as number;
    if (givenUp !== 0 && (givenUp !== index || timeNs === Number.POSITIVE_INFINITY)) {
      this.#givenUp.values[slot] = 0;
      this.#givenUpCount -= 1;
    } else if (givenUp !== 0) return;
    this.#frontiers.set(slot, timeNs, index);
  }

  /** The latest scheduled release that was offered, nanoseconds of the link's time. */
  get offeredNs(): number {
    return this.#offeredNs;
  }

  /** Offers the next datagram. @returns when its last bit leaves, nanoseconds of the link's time, or −1 if the queue is full */
  offer(releaseNs: number, sizeBytes: number): number {
    this.offered += 1;
    if (releaseNs > this.#offeredNs) this.#offeredNs = releaseNs;
    return this.#link.offer(this.#offeredNs, sizeBytes);
  }

  /** Offers what is due, each in its turn. */
  wake(nowNs: number): void {
    for (;;) {
      const slot = this.#heads.first;
      if (slot < 0 || this.baseNs + this.#heads.firstNs > nowNs) {
        this.#awaitedSinceNs = Number.NaN;
        return;
      }
      if (this.#isHeldUp(slot)) {
        if (!this.#hasWaited(nowNs)) return;
        while (this.#isHeldUp(slot)) this.#giveUp(this.#frontiers.first);
      }
      const member = this.#members[slot] as LinkMember;
      member.offerFirst(this.#givenUpCount > 0);
      member.depart(nowNs);
    }
  }

  /** Time of the next `wake`, on the clock of arrivals, nanoseconds. */
  nextWakeNs(): number {
    if (this.#heads.count === 0) return Number.POSITIVE_INFINITY;
    return Number.isNaN(this.#awaitedSinceNs)
      ? this.baseNs + this.#heads.firstNs
      : this.#awaitedSinceNs + this.#holdMaxNs;
  }

  /** When everything has left at the latest, if nothing more comes, on the clock of arrivals, nanoseconds. */
  emptyNs(): number {
    if (Number.isNaN(this.baseNs)) return Number.NEGATIVE_INFINITY;
    let lastNs = this.#offeredNs;
    let bytes = 0;
    const coming: (Rate | null)[] = [];
    for (const member of this.#members) {
      if (member === undefined) continue;
      const waiting = member.waiting();
      lastNs = Math.max(lastNs, waiting.lastNs);
      bytes += waiting.bytes;
      coming.push(...waiting.coming);
    }
    return this.baseNs + emptyNs(this.#link.emptyNs(lastNs, bytes), bytes, coming);
  }

  /** Whether a datagram that comes before this stream's first may still come. */
  #isHeldUp(slot: number): boolean {
    const first = this.#frontiers.first;
    return first >= 0 && this.#frontiers.precedes(first, this.#heads, slot);
  }

  /** Whether what the first datagram waits for has been waited for until the limit; a wait begins when it was none. */
  #hasWaited(nowNs: number): boolean {
    const slot = this.#frontiers.first;
    const index = this.#frontiers.index(slot);
    const isNew = slot !== this.#awaitedSlot || index !== this.#awaitedIndex;
    if (isNew || Number.isNaN(this.#awaitedSinceNs)) {
      this.#awaitedSlot = slot;
      this.#awaitedIndex = index;
      this.#awaitedSinceNs = nowNs;
      return false;
    }
    if (this.#awaitedSinceNs + this.#holdMaxNs > nowNs) return false;
    this.#awaitedSinceNs = Number.NaN;
    return true;
  }

  #giveUp(slot: number): void {
    const index = this.#frontiers.index(slot);
    this.#frontiers.set(slot, Number.POSITIVE_INFINITY, index);
    this.#givenUp.values[slot] = index;
    this.#givenUpCount += 1;
    (this.#members[slot] as LinkMember).missed();
  }

  /** All streams are over, and nothing is left of them: the next one begins with an idle link. */
  #restart(): void {
    this.baseNs = Number.NaN;
    this.#mediaNs = Number.NaN;
    this.#link = new Link(this.#rate);
    this.#offeredNs = 0;
    this.letGoNs = Number.NEGATIVE_INFINITY;
  }
}
