/**
 * The rate stage: a bottleneck link with a queue that drops what does not fit.
 *
 * Datagrams are offered in the order in which they leave the delay stage, each at its scheduled release; a copy is
 * offered right after its original, at the same time, and takes a place of its own. The link sends one at a time, first
 * come first served; sending s bytes takes 8 × s / rate, without headers. A datagram that finds `queueDatagrams` others
 * waiting (the one being sent does not wait) is dropped. A datagram whose sending ends at the instant of an arrival has
 * left.
 */
import { longerRing, ringLength } from '../../src/base/ring.ts';
import type { RateFields } from './stages/rate.ts';

export class Link {
  #nsPerByte = 0;
  /** Maximum number of datagrams in the link and its queue. */
  #room = Number.POSITIVE_INFINITY;
  /** Number & mask → departure time, nanoseconds, of the datagrams inside: `oldest` .. `next` - 1. */
  #departuresNs = new Float64Array(ringLength(1));
  #oldest = 0;
  #next = 0;
  #lastArrivalNs = 0;
  #freeNs = 0;

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
    this.#set(rate);
  }

  #set(rate: RateFields['rate']): void {
    this.#nsPerByte = rate === null ? 0 : 8e9 / rate.rateBps;
    this.#room = rate === null ? Number.POSITIVE_INFINITY : rate.queueDatagrams + 1;
  }

  /**
   * When everything has left at the latest, if so many bytes are still offered, nanoseconds.
   * @param lastArrivalNs when the last of them is
   */
  emptyNs(lastArrivalNs: number, bytes: number): number {
    return Math.max(this.#freeNs, lastArrivalNs) + bytes * this.#nsPerByte;
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
    let departures = this.#departuresNs;
    let mask = departures.length - 1;
    while (this.#oldest < this.#next && (departures[this.#oldest & mask] as number) <= arrivalNs)
      this.#oldest += 1;
    const inside = this.#next - this.#oldest;
    if (inside >= this.#room) return -1;
    if (inside > mask) {
      departures = longerRing(departures, ringLength(inside + 1), this.#oldest, this.#next);
      this.#departuresNs = departures;
      mask = departures.length - 1;
    }
    const startNs = this.#freeNs > arrivalNs ? this.#freeNs : arrivalNs;
    this.#freeNs = startNs + sizeBytes * this.#nsPerByte;
    departures[this.#next & mask] = this.#freeNs;
    this.#next += 1;
    return this.#freeNs;
  }
}
