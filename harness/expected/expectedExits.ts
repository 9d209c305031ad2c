/**
 * What must leave a proxy, of a stream that entered it as it did: with gaps, out of order, with repeats.
 *
 * Each datagram's fate is applied by its definition, over the whole list, by code that the proxy does not share.
 */
import { causeCode } from '../impairment/causes.ts';
import { overLink } from './expectedLink.ts';
import type { Offered } from './expectedLink.ts';
import { LineOver, dueTimes } from './lineOver.ts';
import { startNs } from './enteredStream.ts';
import type { EnteredFates, EnteredStream } from './enteredStream.ts';
import { ReorderWalk } from './reorderWalk.ts';
import type { Emitted, RowFates } from './reorderWalk.ts';
import type { Arrivals, ExpectedLine } from './expectedStream.ts';

const QUEUE = causeCode('queue');

export interface ExpectedExits {
  readonly arrivals: Arrivals;
  /** Row of `arrivals` → the row that entered. */
  readonly rows: Uint32Array;
  /** Cause code → datagrams and copies that are dropped for it. */
  readonly droppedByCause: readonly number[];
  readonly duplicated: number;
}

/**
 * What leaves, in order, and when: times are since the first arrival.
 * @param line of the stream, with a link of its own
 */
export const expectedExits = (
  stream: EnteredStream,
  fates: EnteredFates,
  line: ExpectedLine,
): ExpectedExits => expectedExitsOver([{ stream, fates, line }])[0] as ExpectedExits;

/** A stream, its fates, and the line that it meets. */
export interface EnteredPart {
  readonly stream: EnteredStream;
  readonly fates: EnteredFates;
  readonly line: ExpectedLine;
}

/**
 * The same for streams that share one link: their times 0 are the same.
 * @param parts in the order that decides ties at the link
 */
export function expectedExitsOver(parts: readonly EnteredPart[]): ExpectedExits[] {
  const lines = parts.map(({ line }) => new LineOver(line));
  const isLinked = lines.some((line) => line.isLinked);
  const walked = parts.map(({ stream, fates }, k) => {
    const line = lines[k] as LineOver;
    const walk = new ReorderWalk(stream, fates, line);
    walk.run();
    const { found, emitted } = walk;
    const places = line.isDelayed || isLinked ? afterDelays(stream, emitted, found, line) : placesOf(emitted);
    return { stream, line, found, passed: emitted.count, copied: withCopies(places, found.copies) };
  });
  const left = isLinked ? afterLink(walked) : walked.map(({ copied }) => copied);
  return walked.map((one, k) => exitsOf(one, left[k] as Places));
}

/** A stream up to the link. */
interface Walked {
  readonly stream: EnteredStream;
  readonly line: LineOver;
  readonly found: RowFates;
  /** Datagrams that were not dropped before it. */
  readonly passed: number;
  readonly copied: Places;
}

function exitsOf({ stream, found, passed, copied }: Walked, left: Places): ExpectedExits {
  const queueDropped = copied.rows.length - left.rows.length;
  const { droppedByCause } = found;
  if (queueDropped > 0) droppedByCause[QUEUE] = queueDropped;
  return {
    rows: left.rows,
    arrivals: {
      counts: Uint32Array.from(left.rows, (row) => stream.indices[row] as number),
      corrupted: Uint8Array.from(left.rows, (row) => found.corrupted[row] as number),
      timesNs: notBeforeArrival(stream, left),
    },
    droppedByCause,
    duplicated: copied.rows.length - passed,
  };
}

/** A plan may have a time for a datagram that has not come by then: it leaves when it comes. */
const notBeforeArrival = (stream: EnteredStream, { rows, timesNs }: Places): Float64Array =>
  stream.plannedNs === null
    ? timesNs
    : timesNs.map((timeNs, place) =>
        Math.max(timeNs, (stream.timesNs[rows[place] as number] as number) - startNs(stream)),
      );

/** Rows in order of leaving, and the time of each. */
interface Places {
  readonly rows: Uint32Array;
  readonly timesNs: Float64Array;
}

const placesOf = ({ rows, timesNs, count }: Emitted): Places => ({
  rows: rows.slice(0, count),
  timesNs: timesNs.slice(0, count),
});

/** With delays, or a link behind them. What is spared passes by both. */
function afterDelays(
  { indices }: EnteredStream,
  { rows, timesNs, count }: Emitted,
  { delayNs }: RowFates,
  line: LineOver,
): Places {
  const own = rows.slice(0, count);
  const counts = own.map((row) => indices[row] as number);
  const ownNs = Float64Array.from(own, (row, place) => {
    const delay = line.isSpared(counts[place] as number) ? 0 : (delayNs[row] as number);
    return (timesNs[place] as number) + delay;
  });
  return inOrder({ rows: own, timesNs: dueTimes(line, counts, ownNs) });
}

/** By time; at a tie as they are. */
function inOrder({ rows, timesNs }: Places): Places {
  const order = rows
    .map((_, place) => place)
    .toSorted((a, b) => (timesNs[a] as number) - (timesNs[b] as number) || a - b);
  return {
    rows: order.map((place) => rows[place] as number),
    timesNs: Float64Array.from(order, (place) => timesNs[place] as number),
  };
}

/** Each followed by its copies. */
function withCopies({ rows, timesNs }: Places, copies: Uint8Array): Places {
  let size = rows.length;
  for (const row of rows) size += copies[row] as number;
  const all = { rows: new Uint32Array(size), timesNs: new Float64Array(size) };
  for (let place = 0, at = 0; place < rows.length; place += 1) {
    const row = rows[place] as number;
    const end = at + 1 + (copies[row] as number);
    all.rows.fill(row, at, end);
    all.timesNs.fill(timesNs[place] as number, at, end);
    at = end;
  }
  return all;
}

/** The line, asked by rows counted from 1. */
const byRows = (line: LineOver, indices: Uint32Array): Offered['line'] => ({
  parts: line.parts,
  at: (count) => line.at(indices[count - 1] as number),
  // Only what is not spared is offered.
  isSpared: () => false,
});

/** What the link lets through of each. What is spared never enters it. */
function afterLink(walked: readonly Walked[]): Places[] {
  const split = walked.map(({ stream: { indices }, line, copied: { rows, timesNs } }) => {
    const chosen = (isSpared: boolean): Places => {
      const kept = rows
        .map((_, place) => place)
        .filter((place) => line.isSpared(indices[rows[place] as number] as number) === isSpared);
      return {
        rows: kept.map((place) => rows[place] as number),
        timesNs: Float64Array.from(kept, (place) => timesNs[place] as number),
      };
    };
    return { spared: chosen(true), offered: chosen(false) };
  });
  const through = overLink(
    split.map(({ offered }, k) => {
      const { stream, found, line } = walked[k] as Walked;
      const { indices, sizesBytes } = stream;
      // The link counts from 1, and is told rows.
      const counts = offered.rows.map((row) => row + 1);
      return {
        stream: {
          firstCount: 1,
          lastCount: indices.length,
          sizeBytes: (count: number) => sizesBytes[count - 1] as number,
          sendNs: () => 0,
        },
        arrivals: { counts, corrupted: new Uint8Array(counts.length), timesNs: offered.timesNs },
        entries: offered.rows.map((row) => found.releasedBy[row] as number),
        line: byRows(line, indices),
      };
    }),
  );
  return split.map(({ spared }, k) => {
    const { counts, timesNs } = through[k] as Arrivals;
    const size = spared.rows.length + counts.length;
    const rows = counts.map((count) => count - 1);
    return inOrder({
      rows: joined(spared.rows, rows, new Uint32Array(size)),
      timesNs: joined(spared.timesNs, timesNs, new Float64Array(size)),
    });
  });
}

function joined<Column extends Uint32Array | Float64Array>(one: Column, other: Column, into: Column): Column {
  into.set(one);
  into.set(other, one.length);
  return into;
}

/** Losses that a receiver sees that goes by gaps alone: up to the highest index that arrived intact. */
export function lostBeforeHighest(firstIndex: number, { counts, corrupted }: Arrivals): number {
  const seen = new Set<number>();
  let highest = firstIndex - 1;
  for (let row = 0; row < counts.length; row += 1) {
    if (corrupted[row] === 1) continue;
    const count = counts[row] as number;
    seen.add(count);
    highest = Math.max(highest, count);
  }
  return highest - firstIndex + 1 - seen.size;
}
