/**
 * Decides whether the next arrival is so near that polling for it is cheaper than a sleep and a wake-up.
 *
 * A server on the same machine answers within tens of microseconds, and a wake-up takes as long. So after an arrival at a
 * port whose arrivals were soon followed by another one, at any port, it is polled for; the share of time is limited.
 */

/** How near the next arrival must be, and the longest time to poll for it. */
export const SOON_NS = 50e3;
/** Maximum share of all time. */
const SHARE = 0.2;
const MAX_CREDIT_NS = 1e6;
/** Range of `soon`, and from where on an arrival is expected. */
const MAX_SOON = 3;
const EXPECTED = 2;

/** What is known of a port: rises with each arrival that was soon followed by another one, and falls with each other. */
export interface Followed {
  soon: number;
}

export class Anticipation {
  #last: Followed | undefined;
  /** When the wait after the last arrival began; NaN before it does. */
  #beganNs = Number.NaN;
  #creditNs = 0;
  #creditedNs = 0;

  /** A port was read. @param arrivalNs when the first of the datagrams arrived */
  noteArrival(port: Followed, arrivalNs: number): void {
    const last = this.#last;
    if (last !== undefined) {
      // What arrived before there was a wait needs none.
      const isSoon = arrivalNs - this.#beganNs < SOON_NS;
      if (isSoon && last.soon < MAX_SOON) last.soon += 1;
      else if (!isSoon && last.soon > 0) last.soon -= 1;
    }
    this.#last = port;
    this.#beganNs = Number.NaN;
  }

  /** A wait begins. Returns until when to poll, nanoseconds; not after now for not at all. */
  untilNs(nowNs: number): number {
    if (Number.isNaN(this.#beganNs)) this.#beganNs = nowNs;
    if (this.#last === undefined || this.#last.soon < EXPECTED) return nowNs;
    const untilNs = this.#beganNs + SOON_NS;
    if (untilNs <= nowNs) return nowNs;
    this.#creditNs = Math.min(this.#creditNs + (nowNs - this.#creditedNs) * SHARE, MAX_CREDIT_NS);
    this.#creditedNs = nowNs;
    return this.#creditNs < SOON_NS ? nowNs : untilNs;
  }

  /** It was polled for this long. */
  spend(ns: number): void {
    this.#creditNs -= ns;
  }
}
