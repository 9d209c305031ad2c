/**
 * Interarrival jitter (RFC 3550, section 6.4.1), in float64 and without the RFC's integer rounding: its last value, and
 * the mean and the largest of all.
 *
 * Taken over the arrivals that it is given, in order of arrival: D is the change in transit time from one to the next,
 * and J moves a sixteenth of the way to |D|. Arrivals without a sending time are ignored.
 */

export class Jitter {
  #transitNs = Number.NaN;
  #jitterNs = 0;
  #sumNs = 0;
  #maxNs = 0;
  #changes = 0;

  /** Adds an arrival; both times in nanoseconds, each from any epoch; the sending time is NaN if unknown. */
  handleArrival(arrivalNs: number, sendNs: number): void {
    if (Number.isNaN(sendNs)) return;
    const transitNs = arrivalNs - sendNs;
    const changeNs = Math.abs(transitNs - this.#transitNs);
    this.#transitNs = transitNs;
    if (Number.isNaN(changeNs)) return;
    const jitterNs = this.#jitterNs + (changeNs - this.#jitterNs) / 16;
    this.#jitterNs = jitterNs;
    this.#sumNs += jitterNs;
    if (jitterNs > this.#maxNs) this.#maxNs = jitterNs;
    this.#changes += 1;
  }

  /** What comes next is of another sequence: there is no change of transit time from one to the other. */
  handleRestart(): void {
    this.#transitNs = Number.NaN;
  }

  /** Nanoseconds; null before two arrivals with sending times, here and below. */
  get jitterNs(): number | null {
    return this.#changes === 0 ? null : this.#jitterNs;
  }

  get meanNs(): number | null {
    return this.#changes === 0 ? null : this.#sumNs / this.#changes;
  }

  get maxNs(): number | null {
    return this.#changes === 0 ? null : this.#maxNs;
  }
}
