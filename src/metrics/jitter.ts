/**
 * Interarrival jitter (RFC 3550, section 6.4.1), in float64 and without the RFC's integer rounding.
 *
 * Taken over unique arrivals in order of arrival, late ones included: D is the change in transit time from one to the
 * next, and J moves a sixteenth of the way to |D|. Arrivals without a sending time are ignored.
 */

export class Jitter {
  #transitNs = Number.NaN;
  #jitterNs = 0;
  #measured = false;

  /** Adds a unique arrival with a known sending time; both times in nanoseconds, each from any epoch. */
  handleArrival(arrivalNs: number, sendNs: number): void {
    const transitNs = arrivalNs - sendNs;
    const changeNs = Math.abs(transitNs - this.#transitNs);
    this.#transitNs = transitNs;
    if (Number.isNaN(changeNs)) return;
    this.#jitterNs += (changeNs - this.#jitterNs) / 16;
    this.#measured = true;
  }

  /** Nanoseconds; null before two arrivals with sending times. */
  get jitterNs(): number | null {
    return this.#measured ? this.#jitterNs : null;
  }
}
