/**
 * The rate stage: a bottleneck link with a queue that drops what does not fit.
 *
 * Pure. Datagrams are offered in the order in which they leave the delay stage, each at its scheduled release; a copy
 * is offered right after its original, at the same time, and takes its own room. The link sends one at a time, first
 * come first served, and sending s bytes takes 8 × s / rate; headers are not counted. A datagram that finds
 * `queueDatagrams` others waiting (the one on the link is not waiting) is dropped. One whose sending ends at the very
 * instant of an arrival has left by then.
 */
import type { RateSettings } from './config.ts';

export class Link {
  readonly #nsPerByte: number;
  /** Most datagrams in the link and its queue. */
  readonly #room: number;
  /** Ring of the departure times of what is inside, oldest first. */
  #departuresNs = new Float64Array(16);
  #oldest = 0;
  #inside = 0;
  #lastArrivalNs = 0;
  #freeNs = 0;

  constructor({ rateBps, queueDatagrams }: RateSettings) {
    this.#nsPerByte = 8e9 / rateBps;
    this.#room = queueDatagrams + 1;
  }

  /**
   * Offers the next datagram.
   * @param arrivalNs its scheduled release from the delay stage, nanoseconds; never goes back
   * @param sizeBytes its payload
   * @returns when its last bit leaves the link, nanoseconds, or −1 when the queue had no room for it
   */
  offer(arrivalNs: number, sizeBytes: number): number {
    if (arrivalNs < this.#lastArrivalNs) throw new Error('arrivals at a link never go back in time');
    this.#lastArrivalNs = arrivalNs;
    let departures = this.#departuresNs;
    while (this.#inside > 0 && (departures[this.#oldest] as number) <= arrivalNs) {
      this.#oldest = (this.#oldest + 1) % departures.length;
      this.#inside -= 1;
    }
    if (this.#inside >= this.#room) return -1;
    if (this.#inside === departures.length) {
      this.#grow();
      departures = this.#departuresNs;
    }
    const startNs = this.#freeNs > arrivalNs ? this.#freeNs : arrivalNs;
    this.#freeNs = startNs + sizeBytes * this.#nsPerByte;
    departures[(this.#oldest + this.#inside) % departures.length] = this.#freeNs;
    this.#inside += 1;
    return this.#freeNs;
  }

  #grow(): void {
    const { length } = this.#departuresNs;
    const larger = new Float64Array(length * 2);
    for (let k = 0; k < length; k += 1) larger[k] = this.#departuresNs[(this.#oldest + k) % length] as number;
    this.#departuresNs = larger;
    this.#oldest = 0;
  }
}
