/**
 * A bottleneck link with tail drop, over whole sequences of arrivals: those of one flow, or of all that share it.
 */
import { LinkPlaces } from './linkPlaces.ts';
import type { Arrivals, ExpectedStream, LinkRate } from './expectedStream.ts';

/** What a flow brings to the link. */
export interface Offered {
  readonly stream: ExpectedStream;
  /** What comes to the link, in order of time; first those that are spared, which never enter it. */
  readonly arrivals: Arrivals;
  /** Row → the count that let it leave the reorder buffer: its own, or that of the pass that it was held for. */
  readonly entries: Uint32Array;
  /** The last count that is spared. */
  readonly spare: number;
}

/** All rows of all flows, one flow behind the other: what the order at the link depends on. */
interface Rows {
  readonly flows: Uint32Array;
  /** Row of its flow. */
  readonly rows: Uint32Array;
  readonly timesNs: Float64Array;
  readonly entries: Uint32Array;
}

function rowsOf(offers: readonly Offered[]): Rows {
  const total = offers.reduce((sum, { entries }) => sum + entries.length, 0);
  const flows = new Uint32Array(total);
  const rows = new Uint32Array(total);
  const timesNs = new Float64Array(total);
  const entries = new Uint32Array(total);
  let start = 0;
  for (const [flow, { arrivals, entries: own }] of offers.entries()) {
    flows.fill(flow, start, start + own.length);
    for (let row = 0; row < own.length; row += 1) rows[start + row] = row;
    timesNs.set(arrivals.timesNs, start);
    entries.set(own, start);
    start += own.length;
  }
  return { flows, rows, timesNs, entries };
}

/** The order at the link: by time; at a tie by the counts that released them, then by flow, then as they were. */
function turnsOf({ timesNs, entries }: Rows): Uint32Array {
  return Uint32Array.from(entries.keys()).toSorted(
    (a, b) =>
      (timesNs[a] as number) - (timesNs[b] as number) ||
      (entries[a] as number) - (entries[b] as number) ||
      a - b,
  );
}

/**
 * What leaves the link, and when, for each flow. The datagram being sent does not count as waiting; a datagram whose
 * sending ends at the instant of an arrival has left. By a trace, one waits until it begins.
 *
 * @param offers flows that share the link, in the order that decides ties
 */
export function overLink(offers: readonly Offered[], rate: LinkRate): Arrivals[] {
  const all = rowsOf(offers);
  const turns = offers.length === 1 ? all.rows : turnsOf(all);
  // Departures of each flow's rows; NaN for what is dropped.
  const leavesNs = offers.map(({ entries }) => new Float64Array(entries.length).fill(Number.NaN));
  const places = new LinkPlaces(rate);
  for (const turn of turns) {
    const flow = all.flows[turn] as number;
    const row = all.rows[turn] as number;
    const timeNs = all.timesNs[turn] as number;
    const { stream, arrivals, spare } = offers[flow] as Offered;
    const leaves = leavesNs[flow] as Float64Array;
    const count = arrivals.counts[row] as number;
    leaves[row] = count <= spare ? timeNs : places.leavesNs(timeNs, stream.sizeBytes(count));
  }
  return offers.map(({ arrivals }, flow) => afterLink(arrivals, leavesNs[flow] as Float64Array));
}

/** The arrivals that left, at their times. */
function afterLink({ counts, corrupted }: Arrivals, leavesNs: Float64Array): Arrivals {
  const rows = Uint32Array.from(leavesNs.keys()).filter((row) => !Number.isNaN(leavesNs[row]));
  return {
    counts: Uint32Array.from(rows, (row) => counts[row] as number),
    corrupted: Uint8Array.from(rows, (row) => corrupted[row] as number),
    timesNs: Float64Array.from(rows, (row) => leavesNs[row] as number),
  };
}
