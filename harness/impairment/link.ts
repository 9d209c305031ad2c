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
  readonly #nsPerByte: number;
  /** Maximum number of datagrams in the link and its queue. */
  readonly #room: number;
  /** Number & mask → departure time, nanoseconds, of the datagrams inside: `oldest` .. `next` - 1. */
  #departuresNs = new Float64Array(ringLength(1));
  #oldest = 0;
  #next = 0;
  #lastArrivalNs = 0;
  #freeNs = 0;

  constructor({ rateBps, queueDatagrams }: NonNullable<RateFields['rate']>) {
    this.#nsPerByte = 8e9 / rateBps;
    this.#room = queueDatagrams + 1;
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
