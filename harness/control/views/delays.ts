/**
 * How long datagrams took through a proxy, of those that left since the last look: what they were to wait, and how late the proxy
 * was besides. What was neither held nor delayed was to wait for nothing.
 */
import { latenessOf, lateSince, noneLate } from '../../proxy/path/lateness.ts';
import type { LateCounts } from '../../proxy/path/lateness.ts';

export interface RecentDelays {
  readonly delayP50Us: number | null;
  readonly delayP99Us: number | null;
}

const copyOf = ({ cells, datagrams, maxNs }: LateCounts): LateCounts => ({
  cells: cells.slice(),
  datagrams,
  maxNs,
});

interface Looked {
  readonly waits: LateCounts;
  readonly late: LateCounts;
}

const NEVER: Looked = { waits: noneLate(), late: noneLate() };

export class Delays {
  #before = new Map<string, Looked>();
  #now = new Map<string, Looked>();

  /** A new look begins. */
  begin(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }

  /**
   * @param name whose they are
   * @param waits of those that were held or delayed
   * @param late of all that have left; of a proxy that is another one by now it may be less than before
   */
  of(name: string, waits: LateCounts, late: LateCounts): RecentDelays {
    const now = { waits: copyOf(waits), late: copyOf(late) };
    this.#now.set(name, now);
    const known = this.#before.get(name) ?? NEVER;
    const before = late.datagrams < known.late.datagrams ? NEVER : known;
    const lately = latenessOf(lateSince(now.late, before.late));
    const waited = waitsOfAll(lateSince(now.waits, before.waits), now.late.datagrams - before.late.datagrams);
    const { p50Us, p99Us } = latenessOf(waited);
    return { delayP50Us: added(p50Us, lately.p50Us), delayP99Us: added(p99Us, lately.p99Us) };
  }
}

const added = (waitUs: number | null, lateUs: number | null): number | null =>
  waitUs === null || lateUs === null ? null : waitUs + lateUs;

/** The waits of all that left: those that are counted, and nothing for the others. */
function waitsOfAll({ cells, datagrams, maxNs }: LateCounts, left: number): LateCounts {
  const without = Math.max(0, left - datagrams);
  const all = cells.length === 0 ? new Float64Array(1) : cells;
  all[0] = (all[0] as number) + without;
  return { cells: all, datagrams: datagrams + without, maxNs };
}
