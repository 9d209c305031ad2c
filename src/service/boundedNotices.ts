/**
 * Lines about what others do, who may do it as often as they like: of each kind so many at once and then one a while, and
 * how many like it were left out. Whatever arrives, what is written stays bounded.
 *
 * Pure: the time is given. It keeps a few numbers a kind; kinds are ours, and few.
 */

export interface NoticeLimit {
  /** Lines of a kind that may come at once, 1 or more. */
  readonly burst: number;
  /** Then one may come in each such time, nanoseconds. */
  readonly periodNs: number;
}

interface Kind {
  /** Lines that may still come now. */
  credit: number;
  creditedNs: number;
  leftOut: number;
}

export class BoundedNotices {
  readonly #limit: NoticeLimit;
  readonly #kinds = new Map<string, Kind>();

  constructor(limit: NoticeLimit) {
    this.#limit = limit;
  }

  /**
   * How many of this kind were left out since the last one that was not: say this one, and that, if it is above 0.
   * Null: leave this one out, too.
   */
  admit(kind: string, nowNs: number): number | null {
    const state = this.#state(kind, nowNs);
    if (state.credit < 1) {
      state.leftOut += 1;
      return null;
    }
    state.credit -= 1;
    const { leftOut } = state;
    state.leftOut = 0;
    return leftOut;
  }

  /** What was left out and is not said yet, each kind and how often. Afterwards it counts as said. */
  takeLeftOut(): (readonly [kind: string, leftOut: number])[] {
    const all: [string, number][] = [];
    for (const [kind, state] of this.#kinds) {
      if (state.leftOut > 0) all.push([kind, state.leftOut]);
      state.leftOut = 0;
    }
    return all;
  }

  #state(kind: string, nowNs: number): Kind {
    const { burst, periodNs } = this.#limit;
    let state = this.#kinds.get(kind);
    if (state === undefined) {
      state = { credit: burst, creditedNs: nowNs, leftOut: 0 };
      this.#kinds.set(kind, state);
      return state;
    }
    const periods = Math.floor((nowNs - state.creditedNs) / periodNs);
    if (periods < 1) return state;
    state.credit = Math.min(burst, state.credit + periods);
    state.creditedNs += periods * periodNs;
    return state;
  }
}

/** The end of a line after others like it were left out. */
export const andLeftOut = (leftOut: number): string =>
  leftOut === 0 ? '' : ` (and ${leftOut} more like it before, not listed)`;
