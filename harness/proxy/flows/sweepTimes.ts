/**
 * When idle flows are searched for: at intervals, and each time in two steps. What arrived while the proxy was held up is
 * read in between, so only a flow that was silent before the first step is idle.
 */

const SWEEP_NS = 1e9;
/** Time in which everything that has arrived by now will have been read, nanoseconds: a turn of the event loop. */
export const READING_NS = 5e6;
/** Time between two parts of a search that finds much, nanoseconds: others have their turn. */
const PAUSE_NS = 2e6;

export class SweepTimes {
  /** Time of the next step, nanoseconds. */
  nextNs = 0;
  /** Whether the first step was done. */
  hasStarted = false;
  readonly #intervalNs: number;
  /** When the search that waits for its second step began; NaN if none does. */
  #beganNs = Number.NaN;

  constructor(intervalNs = SWEEP_NS) {
    this.#intervalNs = intervalNs;
  }

  /**
   * Does a step; to be called when it is due.
   * @param isWorthwhile whether a search may find anything now
   * @returns the time for which to search now: everything that had arrived by then has been read; NaN for not now
   */
  step(nowNs: number, isWorthwhile: () => boolean): number {
    const beganNs = this.#beganNs;
    this.#beganNs = Number.NaN;
    this.nextNs = nowNs + this.#intervalNs;
    if (!Number.isNaN(beganNs)) this.nextNs = beganNs + this.#intervalNs;
    else if (this.hasStarted && isWorthwhile()) {
      this.#beganNs = nowNs;
      this.nextNs = nowNs + READING_NS;
    }
    this.hasStarted = true;
    return beganNs;
  }
  /** More is to be found for the time that `step` gave: another step follows soon. */
  goOn(nowNs: number, beganNs: number): void {
    this.#beganNs = beganNs;
    this.nextNs = nowNs + PAUSE_NS;
  }
}
