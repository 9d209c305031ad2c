/**
 * A bottleneck link with tail drop, over whole sequences of arrivals: those of one flow, or of all that share it.
 */
import { LinkPlaces } from './linkPlaces.ts';
import type { LineOver } from './lineOver.ts';
import type { Arrivals, ExpectedStream, LinkRate } from './expectedStream.ts';

/** What a flow brings to the link. */
export interface Offered {
  readonly stream: ExpectedStream;
  /** What comes to the link, in order of time; those that are spared never enter it. */
  readonly arrivals: Arrivals;
  /** Row → the count that let it leave the reorder buffer: its own, or that of the pass that it was held for. */
  readonly entries: Uint32Array;
  readonly line: Pick<LineOver, 'parts' | 'at' | 'isSpared'>;
}

/** All rows of all flows, one flow behind the other: what the order at the link depends on. */
interface Rows {
  readonly flows: Uint32Array;
  /** Row of its flow. */
  readonly rows: Uint32Array;
  readonly timesNs: Float64Array;
  /** What decides a tie between flows: the highest entry of its flow at that time so far, for no flow's own order changes. */
  readonly keys: Uint32Array;
}

function rowsOf(offers: readonly Offered[]): Rows {
  const total = offers.reduce((sum, { entries }) => sum + entries.length, 0);
  const flows = new Uint32Array(total);
  const rows = new Uint32Array(total);
  const timesNs = new Float64Array(total);
  const keys = new Uint32Array(total);
  let start = 0;
  for (const [flow, { arrivals, entries: own }] of offers.entries()) {
    flows.fill(flow, start, start + own.length);
    for (let row = 0; row < own.length; row += 1) rows[start + row] = row;
    timesNs.set(arrivals.timesNs, start);
    keys.set(own, start);
    for (let at = start + 1; at < start + own.length; at += 1)
      if (timesNs[at] === timesNs[at - 1]) keys[at] = Math.max(keys[at] as number, keys[at - 1] as number);
    start += own.length;
  }
  return { flows, rows, timesNs, keys };
}

/**
 * The order at the link: by time; at a tie by the counts that released them, then by flow. Those of one flow stay as they were:
 * where order is kept, one that came late has the time of a higher one before it, and goes behind that one.
 */
function turnsOf({ timesNs, keys }: Rows): Uint32Array {
  return Uint32Array.from(keys.keys()).toSorted(
    (a, b) =>
      (timesNs[a] as number) - (timesNs[b] as number) || (keys[a] as number) - (keys[b] as number) || a - b,
  );
}

/**
 * What leaves the link, and when, for each flow. The datagram being sent does not count as waiting; a datagram whose
 * sending ends at the instant of an arrival has left. By a trace, one waits until it begins.
 *
 * A link whose rate changes is another one from the first datagram of that epoch on: it begins when the one before it has sent
 * what it had.
 *
 * @param offers flows that share the link, in the order that decides ties
 */
export function overLink(offers: readonly Offered[]): Arrivals[] {
  const all = rowsOf(offers);
  const turns = offers.length === 1 ? all.rows : turnsOf(all);
  // Departures of each flow's rows; NaN for what is dropped.
  const leavesNs = offers.map(({ entries }) => new Float64Array(entries.length).fill(Number.NaN));
  // It begins with what the first of all epochs says.
  const firsts = offers.flatMap(({ line }) => line.parts.slice(0, 1));
  let epoch = firsts.reduce((least, part) => Math.min(least, part.linkEpoch), Number.POSITIVE_INFINITY);
  const rate = firsts.find((part) => part.linkEpoch === epoch)?.rate ?? null;
  let link = new LinkInTurn(rate, Number.NEGATIVE_INFINITY);
  for (const turn of turns) {
    const flow = all.flows[turn] as number;
    const row = all.rows[turn] as number;
    const timeNs = all.timesNs[turn] as number;
    const { stream, arrivals, line } = offers[flow] as Offered;
    const leaves = leavesNs[flow] as Float64Array;
    const count = arrivals.counts[row] as number;
    if (line.isSpared(count)) {
      leaves[row] = timeNs;
      continue;
    }
    const part = line.at(count);
    if (part.linkEpoch > epoch) {
      epoch = part.linkEpoch;
      link = new LinkInTurn(part.rate, link.endNs);
    }
    leaves[row] = link.leavesNs(timeNs, stream.sizeBytes(count));
  }
  return offers.map(({ arrivals }, flow) => afterLink(arrivals, leavesNs[flow] as Float64Array));
}

/** One of the links that follow each other, or none: then a datagram leaves when it comes, behind what the one before has. */
class LinkInTurn {
  readonly #places: LinkPlaces | null;
  #endNs: number;

  constructor(rate: LinkRate | null, fromNs: number) {
    this.#places = rate === null ? null : new LinkPlaces(rate, fromNs);
    this.#endNs = fromNs;
  }

  get endNs(): number {
    return this.#places?.endNs ?? this.#endNs;
  }

  leavesNs(timeNs: number, sizeBytes: number): number {
    if (this.#places !== null) return this.#places.leavesNs(timeNs, sizeBytes);
    this.#endNs = Math.max(this.#endNs, timeNs);
    return this.#endNs;
  }
}

/** The arrivals that left, at their times, in order: what is spared on the way overtakes what waits. */
function afterLink({ counts, corrupted }: Arrivals, leavesNs: Float64Array): Arrivals {
  const left = Uint32Array.from(leavesNs.keys()).filter((row) => !Number.isNaN(leavesNs[row]));
  const isRising = left.every(
    (row, k) => k === 0 || !((leavesNs[row] as number) < (leavesNs[left[k - 1] as number] as number)),
  );
  const rows = isRising
    ? left
    : left.toSorted((a, b) => (leavesNs[a] as number) - (leavesNs[b] as number) || a - b);
  return {
    counts: Uint32Array.from(rows, (row) => counts[row] as number),
    corrupted: Uint8Array.from(rows, (row) => corrupted[row] as number),
    timesNs: Float64Array.from(rows, (row) => leavesNs[row] as number),
  };
}
