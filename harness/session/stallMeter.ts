/**
 * The longest time that this process's event loop was blocked, which limits the accuracy of arrival times.
 *
 * It costs a timer every millisecond, so it runs only if times are to be compared.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 1;

export class StallMeter {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
  }

  /** Nanoseconds, 0 or more. */
  get stallNs(): number {
    return this.#histogram.count === 0 ? 0 : Math.max(0, this.#histogram.max - RESOLUTION_MS * 1e6);
  }
}
