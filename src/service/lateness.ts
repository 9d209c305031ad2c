/**
 * How late a paced stream was sent: percentiles of the lateness of its datagrams.
 */
import { DelayRecorder } from '../metrics/delays.ts';

/** Microseconds; null when nothing was sent. */
export interface Lateness {
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly maxUs: number | null;
}

/** Of a clock that jumps to what is due, and of a stream of nothing. */
export const NO_LATENESS: Lateness = { p50Us: null, p99Us: null, maxUs: null };

export class LatenessRecorder {
  readonly #delays = new DelayRecorder();

  readonly record = (latenessNs: number): void => this.#delays.record(latenessNs);

  summary(): Lateness {
    const delays = this.#delays.summary();
    if (delays === null) return NO_LATENESS;
    return { p50Us: delays.p50Ns / 1e3, p99Us: delays.p99Ns / 1e3, maxUs: delays.maxNs / 1e3 };
  }
}
