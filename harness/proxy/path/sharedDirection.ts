/**
 * What all flows of a direction share, if they share anything: the time of outages, and the link.
 */
import type { Impairment } from '../../impairment/impairment.ts';
import type { Direction } from '../../impairment/schedule.ts';
import { settingsOver } from '../../impairment/phases.ts';
import { SharedLink } from './sharedLink.ts';
import type { SharedPart } from './timedStages.ts';

/** More than a direction has streams. */
const MAX_RANKS = 1024;

export class SharedDirection {
  /** Null if the rate is not limited. */
  readonly link: SharedLink | null;
  /** Arrival of the first datagram with an index, of any flow; NaN before. */
  #startNs = Number.NaN;

  constructor(link: SharedLink | null) {
    this.link = link;
  }

  /** A datagram with an index has arrived. */
  begin(arrivalNs: number): void {
    if (Number.isNaN(this.#startNs)) this.#startNs = arrivalNs;
  }

  /** Time since the first datagram of all, nanoseconds: outages go by it where there is no plan. */
  sinceStartNs(arrivalNs: number): number {
    return arrivalNs - this.#startNs;
  }

  /** A stream's part in the link; null if there is none. @param touch see SharedPart */
  part(flow: number, stream: number, touch: () => void): SharedPart | null {
    return this.link && { link: this.link, rank: flow + stream / MAX_RANKS, touch };
  }
}

/** What the flows of a proxy share, by direction; null for nothing. */
export class SharedDirections {
  readonly down: SharedDirection | null;
  readonly up: SharedDirection | null;
  readonly #links: readonly SharedLink[];

  constructor(impairment: Impairment) {
    const of = (direction: Direction): SharedDirection | null => {
      const { shared, rate } = impairment[direction];
      if (!shared) return null;
      const isLinked = settingsOver(impairment, direction).some((config) => config.rate !== null);
      return new SharedDirection(isLinked ? new SharedLink(rate, impairment.holdMaxNs) : null);
    };
    this.down = of('down');
    this.up = of('up');
    this.#links = [this.down?.link ?? [], this.up?.link ?? []].flat();
  }

  /** Does what is due at the links. Call it when the flows have been woken. */
  wake(nowNs: number): void {
    for (const link of this.#links) link.wake(nowNs);
  }

  /** When everything has left the links at the latest, nanoseconds. */
  get emptyNs(): number {
    return Math.max(...this.#links.map((link) => link.emptyNs()));
  }

  /** Time of the next `wake`, nanoseconds. */
  get nextNs(): number {
    let nextNs = Number.POSITIVE_INFINITY;
    for (const link of this.#links) nextNs = Math.min(nextNs, link.nextWakeNs());
    return nextNs;
  }
}
