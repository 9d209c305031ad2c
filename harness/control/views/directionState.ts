/**
 * Counters of a direction as they are told: sums, drops by the names of their causes, and rates since the last time.
 */
import { DROP_CAUSES } from '../../impairment/causes.ts';
import { addCounters, directionCounters, droppedTotal } from '../../proxy/path/counters.ts';
import type { DirectionCounters } from '../../proxy/path/counters.ts';
import type { Direction } from '../../impairment/schedule.ts';
import type { DirectionState } from '../liveState.ts';
import type { HandleLook } from '../proxies/proxyHandle.ts';

/** All that came, with an index and without. */
const arrivedTotal = ({ arrived, control, unindexed }: DirectionCounters): number =>
  arrived + control + unindexed;

/** The sum of all flows of a direction; what waits is that of open ones. */
export function sumOf({ flows, earlier }: HandleLook, direction: Direction): DirectionCounters {
  const total = directionCounters();
  addCounters(total, earlier[direction]);
  for (const flow of flows) addCounters(total, flow[direction]);
  total.heldAtEnd = flows.reduce((sum, flow) => sum + (flow.isOpen ? flow[direction].heldAtEnd : 0), 0);
  return total;
}

/** Drops by cause, of those that have occurred. */
export const byCause = ({ droppedByCause }: DirectionCounters): Record<string, number> =>
  Object.fromEntries(
    [...droppedByCause.entries()]
      .filter(([, count]) => count > 0)
      .map(([code, count]) => [DROP_CAUSES[code] as string, count]),
  );

/** What had arrived at the last look, by a name, for rates. */
export class Rates {
  #before = new Map<string, number>();
  #now = new Map<string, number>();
  #beforeNs = Number.NaN;
  #nowNs = Number.NaN;

  /** A new look begins. */
  begin(nowNs: number): void {
    this.#before = this.#now;
    this.#beforeNs = this.#nowNs;
    this.#now = new Map();
    this.#nowNs = nowNs;
  }

  /** How much a second since the last look; 0 at the first. */
  of(name: string, total: number): number {
    this.#now.set(name, total);
    const before = this.#before.get(name);
    const elapsedNs = this.#nowNs - this.#beforeNs;
    if (before === undefined || !(elapsedNs > 0)) return 0;
    return Math.max(0, Math.round(((total - before) * 1e9) / elapsedNs));
  }
}

/** Counts without what goes by time. */
export const directionCounts = (counters: DirectionCounters) => ({
  arrived: counters.arrived,
  forwarded: counters.forwarded,
  duplicated: counters.duplicated,
  dropped: droppedTotal(counters),
  droppedByCause: byCause(counters),
  heldNow: counters.heldAtEnd,
  refused: counters.refused,
  unindexed: counters.unindexed,
});

/** @param name of the flow and direction, or of a proxy and direction */
export const directionState = (counters: DirectionCounters, rates: Rates, name: string): DirectionState => ({
  ...directionCounts(counters),
  // Of a single flow nothing counts them.
  delayP50Us: null,
  delayP99Us: null,
  rate: rates.of(name, arrivedTotal(counters)),
  bytesPerSecond: rates.of(`${name} bytes`, counters.arrivedBytes),
});
