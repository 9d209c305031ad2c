/**
 * Delivery opportunities: a link that can send up to 1500 bytes at each of given times, as mahimahi's mm-link does.
 *
 * The times are a list that is repeated when it ends. A datagram may use an opportunity that comes after its arrival; one at
 * the same instant is over. Datagrams share the bytes of an opportunity in their order; one that does not fit goes on with
 * the next, and has left with that which takes its last byte. What nobody uses is lost.
 */

/** Bytes that an opportunity can send. */
const OPPORTUNITY_BYTES = 1500;

/** A trace of opportunities. */
export interface RateTrace {
  /** What it is called, its file's name. */
  readonly name: string;
  /** Times of the opportunities, whole milliseconds since the start, never falling; the last one, above 0, ends a round. */
  readonly timesMs: readonly number[];
}

const NS_PER_MS = 1e6;

/** How long a round takes, nanoseconds. */
const roundNs = ({ timesMs }: RateTrace): number => (timesMs.at(-1) as number) * NS_PER_MS;

/** Closed form: payload bits a second, if every byte of every opportunity is used. */
export const traceRateBps = (trace: RateTrace): number =>
  (trace.timesMs.length * OPPORTUNITY_BYTES * 8e9) / roundNs(trace);

/** Closed form: the longest time that so many bytes can take, however the trace falls, nanoseconds. */
export function longestServiceNs(trace: RateTrace, bytes: number): number {
  // The rest of the first opportunity may be another's.
  const needed = Math.ceil(bytes / OPPORTUNITY_BYTES) + 1;
  return (Math.ceil(needed / trace.timesMs.length) + 1) * roundNs(trace);
}

export class Opportunities {
  readonly #timesMs: readonly number[];
  readonly #roundNs: number;
  /** The opportunity in use, or the next one: its round, its place there, its time, and the bytes left of it. */
  #round = 0;
  #place = -1;
  #timeNs = Number.NEGATIVE_INFINITY;
  #left = 0;

  constructor(trace: RateTrace) {
    this.#timesMs = trace.timesMs;
    this.#roundNs = roundNs(trace);
  }

  /** When a datagram that arrives now begins to be sent, behind those before it, nanoseconds. Times never go back. */
  beginNs(arrivalNs: number): number {
    if (this.#timeNs <= arrivalNs) this.#seek(arrivalNs);
    else if (this.#left === 0) this.#advance();
    return this.#timeNs;
  }

  /** Sends that datagram. Returns when it has left, nanoseconds. */
  send(sizeBytes: number): number {
    let bytes = sizeBytes;
    while (bytes > this.#left) {
      bytes -= this.#left;
      this.#advance();
    }
    this.#left -= bytes;
    return this.#timeNs;
  }

  #advance(): void {
    this.#place += 1;
    if (this.#place === this.#timesMs.length) {
      this.#place = 0;
      this.#round += 1;
    }
    this.#open();
  }

  /** Goes to the first opportunity after a time, at a cost that does not grow with the time that has passed. */
  #seek(timeNs: number): void {
    this.#round = Math.floor(timeNs / this.#roundNs);
    const inRoundNs = timeNs - this.#round * this.#roundNs;
    let low = 0;
    let high = this.#timesMs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#timesMs[middle] as number) * NS_PER_MS <= inRoundNs) low = middle + 1;
      else high = middle;
    }
    this.#place = low - 1;
    this.#advance();
  }

  #open(): void {
    this.#timeNs = this.#round * this.#roundNs + (this.#timesMs[this.#place] as number) * NS_PER_MS;
    this.#left = OPPORTUNITY_BYTES;
  }
}
