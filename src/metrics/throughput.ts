/**
 * Rate of arrival over the stream's whole length, every well-formed, uncorrupted copy counted.
 *
 * n datagrams mark n − 1 intervals, so the first one only starts the clock: neither it nor its bytes count. This is an
 * observed rate, not the highest rate without loss that RFC 2544 searches for.
 */

export class Throughput {
  #datagrams = 0;
  #bytes = 0;
  #firstBytes = 0;
  #firstNs = Number.NaN;
  #lastNs = Number.NaN;

  /** Adds one arrival: nanoseconds, payload bytes. */
  handleArrival(arrivalNs: number, sizeBytes: number): void {
    if (this.#datagrams === 0) {
      this.#firstNs = arrivalNs;
      this.#firstBytes = sizeBytes;
    }
    this.#lastNs = arrivalNs;
    this.#datagrams += 1;
    this.#bytes += sizeBytes;
  }

  /** Datagrams that arrived. */
  get datagrams(): number {
    return this.#datagrams;
  }

  /** When the last one arrived, nanoseconds; null before the first. */
  get lastArrivalNs(): number | null {
    return this.#datagrams === 0 ? null : this.#lastNs;
  }

  /** Null where no time passed between the first and the last arrival. */
  get datagramsPerSecond(): number | null {
    return this.#perSecond(this.#datagrams - 1);
  }

  /** Payload bits a second; null where no time passed between the first and the last arrival. */
  get bitsPerSecond(): number | null {
    return this.#perSecond((this.#bytes - this.#firstBytes) * 8);
  }

  #perSecond(amount: number): number | null {
    const spanNs = this.#lastNs - this.#firstNs;
    return spanNs > 0 ? amount / (spanNs / 1e9) : null;
  }
}
