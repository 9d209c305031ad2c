/**
 * Rate limit for log lines that peers can cause at will: of each kind a burst, then one per period, with the number of
 * lines left out. So the log stays bounded whatever arrives.
 *
 * It keeps a few numbers per kind; peers cannot make new kinds.
 */

export interface NoticeLimit {
  /** Size of a burst of one kind, 1 or more. */
  readonly burst: number;
  /** After a burst, one line per period, nanoseconds. */
  readonly periodNs: number;
}

interface Kind {
  /** Lines allowed at the moment. */
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
   * Whether to write a line of this kind. A number: write it, with that number of lines left out before it if above 0.
   * Null: leave it out.
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

  /** The numbers of lines left out and not reported yet, by kind. They count as reported afterwards. */
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

/** The end of a line with the number of lines left out before it. */
export const andLeftOut = (leftOut: number): string =>
  leftOut === 0 ? '' : ` (and ${leftOut} more like it before, not listed)`;
