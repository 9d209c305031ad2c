/**
 * What a bottleneck link does with one datagram after the other, from what it has done with all before.
 *
 * No queue is simulated: the times of what was accepted are kept, so what waits at an arrival is a difference of two places. By
 * a trace the bytes of all opportunities are one line, 1500 a piece, on which each datagram takes the next ones that are not
 * over when it arrives.
 */
import type { LinkRate } from './expectedStream.ts';

const OPPORTUNITY_BYTES = 1500;

export class LinkPlaces {
  readonly #rate: LinkRate;
  /** Of what was accepted, in order: when it begins to be sent, when it has been sent, and its bytes. */
  readonly #beginsNs: number[] = [];
  readonly #endsNs: number[] = [];
  /** Bytes of all before it; one more at the end. */
  readonly #bytes: number[] = [0];
  /** How many of them have left the link; of a trace, have begun. */
  #through = 0;
  /** Of a trace: opportunities that were over, and the place behind the last byte. */
  #over = 0;
  #taken = 0;

  readonly #fromNs: number;

  /** @param fromNs before which it sends nothing, nanoseconds: another link has the line until then */
  constructor(rate: LinkRate, fromNs = Number.NEGATIVE_INFINITY) {
    this.#rate = rate;
    this.#fromNs = fromNs;
  }

  /** When all that it accepted has been sent. */
  get endNs(): number {
    return this.#endsNs.at(-1) ?? this.#fromNs;
  }

  /** When a datagram leaves that comes at a time, nanoseconds; NaN if it is dropped. Times never fall. */
  leavesNs(timeNs: number, sizeBytes: number): number {
    const { trace } = this.#rate;
    const outNs = trace === undefined ? this.#endsNs : this.#beginsNs;
    while (this.#through < outNs.length && (outNs[this.#through] as number) <= timeNs) this.#through += 1;
    const comesNs = Math.max(timeNs, this.#fromNs);
    const place = trace === undefined ? 0 : this.#placeAfter(comesNs);
    const beginNs = trace === undefined ? Math.max(timeNs, this.endNs) : this.#opportunityNs(place);
    if (this.#isFull(beginNs - comesNs, sizeBytes)) return Number.NaN;
    // The last bit can decide a tie, so the time of a byte is rounded once: 8 / rate as a float64, as in the link queue.
    const endNs =
      trace === undefined
        ? beginNs + sizeBytes * (8e9 / this.#rate.rateBps)
        : this.#opportunityNs(place + Math.max(0, sizeBytes - 1));
    this.#taken = place + sizeBytes;
    this.#beginsNs.push(beginNs);
    this.#endsNs.push(endNs);
    this.#bytes.push((this.#bytes.at(-1) as number) + sizeBytes);
    return endNs;
  }

  #isFull(waitNs: number, sizeBytes: number): boolean {
    const { trace, queueDatagrams, queueBytes, queueNs } = this.#rate;
    const inside = this.#beginsNs.length - this.#through;
    // At an even rate the one that is being sent does not wait, and what finds the link idle is sent at once.
    if (trace === undefined && inside === 0) return false;
    const waitingFrom = this.#through + (trace === undefined ? 1 : 0);
    if (queueNs !== undefined) return waitNs > queueNs;
    if (queueBytes === undefined) return this.#beginsNs.length - waitingFrom >= (queueDatagrams ?? 0);
    const waitingBytes = (this.#bytes.at(-1) as number) - (this.#bytes[waitingFrom] as number);
    return waitingBytes + sizeBytes > queueBytes;
  }

  /** The first byte of the line that is free and not over. */
  #placeAfter(timeNs: number): number {
    while (this.#opportunityNs(this.#over * OPPORTUNITY_BYTES) <= timeNs) this.#over += 1;
    return Math.max(this.#taken, this.#over * OPPORTUNITY_BYTES);
  }

  /** When the opportunity of a byte of the line comes. */
  #opportunityNs(place: number): number {
    const { timesMs } = this.#rate.trace as NonNullable<LinkRate['trace']>;
    const number = Math.floor(place / OPPORTUNITY_BYTES);
    const round = Math.floor(number / timesMs.length);
    const inRound = timesMs[number % timesMs.length] as number;
    return (round * (timesMs.at(-1) as number) + inRound) * 1e6;
  }
}
