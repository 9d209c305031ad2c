/**
 * Arrivals from before the first count is known: kept, and then given to the recorder in order of arrival.
 *
 * The stream may overtake the answer to the registration. The buffer is bounded: arrivals beyond it are only counted.
 * Nothing here validates a datagram.
 */
import { plannedNs } from '../net/source.ts';
import type { SendPlan } from '../net/source.ts';

/** What a client reports of its arrivals. StreamMetrics of src/metrics implements it. */
export interface ArrivalRecorder {
  handleArrival(count: number, arrivalNs: number, sendNs: number, sizeBytes: number): void;
  handleMalformed(): void;
  handleCorrupted(sizeBytes: number): void;
  /** The last count of the stream, null when it never became known. */
  finish(lastCount: number | null): void;
}

/** Datagrams kept while the answer that names the first count is on its way. */
export const MAX_EARLY = 65_536;

export class EarlyArrivals {
  /** Datagrams discarded for lack of room. */
  overflow = 0;
  /** Count, arrival time, length: three numbers an arrival. */
  #arrivals: number[] = [];
  #corrupted: number[] = [];
  #malformed = 0;

  get empty(): boolean {
    return this.#arrivals.length + this.#corrupted.length + this.#malformed === 0;
  }

  /** False when the buffer is full. */
  keepArrival(count: number, arrivalNs: number, sizeBytes: number): boolean {
    if (this.#arrivals.length >= MAX_EARLY * 3) {
      this.overflow += 1;
      return false;
    }
    this.#arrivals.push(count, arrivalNs, sizeBytes);
    return true;
  }

  keepCorrupted(sizeBytes: number): void {
    if (this.#corrupted.length < MAX_EARLY) this.#corrupted.push(sizeBytes);
    else this.overflow += 1;
  }

  keepMalformed(): void {
    this.#malformed += 1;
  }

  /**
   * Gives all kept arrivals to the recorder and empties the buffer.
   * @param plan the planned sending times, if any
   */
  replay(recorder: ArrivalRecorder, plan: SendPlan): void {
    const arrivals = this.#arrivals;
    for (let k = 0; k < arrivals.length; k += 3) {
      const count = arrivals[k] as number;
      const arrivalNs = arrivals[k + 1] as number;
      recorder.handleArrival(count, arrivalNs, plannedNs(plan, count), arrivals[k + 2] as number);
    }
    for (const sizeBytes of this.#corrupted) recorder.handleCorrupted(sizeBytes);
    for (let k = 0; k < this.#malformed; k += 1) recorder.handleMalformed();
    this.#arrivals = [];
    this.#corrupted = [];
    this.#malformed = 0;
  }
}
