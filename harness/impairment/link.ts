/**
 * The rate stage: a bottleneck link with a queue that drops what does not fit.
 *
 * Datagrams are offered in the order in which they leave the delay stage, each at its scheduled release; a copy is
 * offered right after its original, at the same time, and takes a place of its own. The link sends one at a time, first
 * come first served; sending s bytes takes 8 × s / rate, without headers, or the opportunities of a trace. A datagram for which the
 * queue has no room is dropped: it holds a number of datagrams or of bytes, or what waits no longer than a time. The one
 * being sent does not wait; with a trace every datagram waits until an opportunity takes its first byte. A datagram whose
 * sending ends (with a trace: begins) at the instant of an arrival is not in the way any more.
 */
import { longerRing, ringLength } from '../../src/base/ring.ts';
import { Opportunities } from './opportunities.ts';
import { longestSendNs } from './stages/rate.ts';
import type { RateFields } from './stages/rate.ts';

const NO_SIZES = new Float64Array(0);

export class Link {
  #nsPerByte = 0;
  /** Null if it sends at an even rate. */
  #opportunities: Opportunities | null = null;
  #settings: RateFields['rate'] = null;
  /** The queue's limits; Infinity for none. */
  #roomDatagrams = Number.POSITIVE_INFINITY;
  #roomBytes = Number.POSITIVE_INFINITY;
  #roomNs = Number.POSITIVE_INFINITY;
  /** Datagrams inside that do not wait: the first, at an even rate. */
  #exempt = 1;
  /** Number & mask → until when each of the datagrams `oldest` .. `next` - 1 is inside, nanoseconds. */
  #untilNs = new Float64Array(ringLength(1));
  /** The same → its bytes, where these are counted. */
  #sizes = NO_SIZES;
  #oldest = 0;
  #next = 0;
  #insideBytes = 0;
  #lastArrivalNs = 0;
  #freeNs = 0;
  /** When the link before it, if there was one, has sent everything. */
  #beginsNs = 0;

  constructor(rate: RateFields['rate']) {
    this.#set(rate);
  }

  /**
   * Another link takes its place, for the next datagram offered and all behind it. It begins when this one has sent what
   * it had, and its queue is empty: what waits at this one takes none of its places.
   * @param rate null for no link: a datagram leaves when it arrives, but not before what this one still has
   */
  change(rate: RateFields['rate']): void {
    this.#oldest = this.#next;
    this.#insideBytes = 0;
    this.#beginsNs = this.#freeNs;
    this.#set(rate);
  }

  #set(rate: RateFields['rate']): void {
    this.#settings = rate;
    this.#nsPerByte = rate === null ? 0 : 8e9 / rate.rateBps;
    this.#opportunities = rate?.trace === undefined ? null : new Opportunities(rate.trace);
    this.#exempt = this.#opportunities === null ? 1 : 0;
    this.#roomDatagrams = rate?.queueDatagrams ?? Number.POSITIVE_INFINITY;
    this.#roomBytes = rate?.queueBytes ?? Number.POSITIVE_INFINITY;
    this.#roomNs = rate?.queueNs ?? Number.POSITIVE_INFINITY;
    this.#sizes =
      this.#roomBytes < Number.POSITIVE_INFINITY ? new Float64Array(this.#untilNs.length) : NO_SIZES;
  }

  /**
   * When everything has left at the latest, if so many bytes are still offered, nanoseconds.
   * @param lastArrivalNs when the last of them is
   */
  emptyNs(lastArrivalNs: number, bytes: number): number {
    return Math.max(this.#freeNs, lastArrivalNs) + longestSendNs(this.#settings, bytes);
  }

  /**
   * Offers the next datagram.
   * @param arrivalNs its scheduled release from the delay stage, nanoseconds; never goes back
   * @param sizeBytes its payload
   * @returns when its last bit leaves the link, nanoseconds, or −1 if the queue is full
   */
  offer(arrivalNs: number, sizeBytes: number): number {
    if (arrivalNs < this.#lastArrivalNs) throw new Error('arrivals at a link never go back in time');
    this.#lastArrivalNs = arrivalNs;
    this.#forget(arrivalNs);
    const opportunities = this.#opportunities;
    const comesNs = arrivalNs > this.#beginsNs ? arrivalNs : this.#beginsNs;
    const startNs =
      opportunities === null
        ? this.#freeNs > arrivalNs
          ? this.#freeNs
          : arrivalNs
        : opportunities.beginNs(comesNs);
    const inside = this.#next - this.#oldest;
    if (inside >= this.#exempt && !this.#hasRoom(inside, sizeBytes, startNs - comesNs)) return -1;
    if (inside === this.#untilNs.length) this.#grow(inside + 1);
    const at = this.#next & (this.#untilNs.length - 1);
    this.#freeNs =
      opportunities === null ? startNs + sizeBytes * this.#nsPerByte : opportunities.send(sizeBytes);
    this.#untilNs[at] = opportunities === null ? this.#freeNs : startNs;
    if (this.#sizes !== NO_SIZES) {
      this.#sizes[at] = sizeBytes;
      this.#insideBytes += sizeBytes;
    }
    this.#next += 1;
    return this.#freeNs;
  }

  /** Whether there is room in the queue for one more, of which so many are inside the link. */
  #hasRoom(inside: number, sizeBytes: number, waitNs: number): boolean {
    if (inside - this.#exempt >= this.#roomDatagrams || waitNs > this.#roomNs) return false;
    if (this.#sizes === NO_SIZES) return true;
    const beingSent =
      this.#exempt === 0 ? 0 : (this.#sizes[this.#oldest & (this.#sizes.length - 1)] as number);
    return this.#insideBytes - beingSent + sizeBytes <= this.#roomBytes;
  }

  /** Forgets those that are not inside any more. */
  #forget(nowNs: number): void {
    const untilNs = this.#untilNs;
    const mask = untilNs.length - 1;
    while (this.#oldest < this.#next && (untilNs[this.#oldest & mask] as number) <= nowNs) {
      if (this.#sizes !== NO_SIZES) this.#insideBytes -= this.#sizes[this.#oldest & mask] as number;
      this.#oldest += 1;
    }
  }

  #grow(count: number): void {
    const length = ringLength(count);
    this.#untilNs = longerRing(this.#untilNs, length, this.#oldest, this.#next);
    if (this.#sizes !== NO_SIZES) this.#sizes = longerRing(this.#sizes, length, this.#oldest, this.#next);
  }
}
