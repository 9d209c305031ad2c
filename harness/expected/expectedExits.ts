/**
 * What must leave a proxy, of a stream that entered it as it did: with gaps, out of order, with repeats.
 *
 * It walks through what entered and applies each datagram's fate by its definition: it keeps lists of who waits for which pass,
 * and shares no code with the proxy's buffers and queues.
 */
import { causeCode } from '../impairment/causes.ts';
import { overLink } from './expectedLink.ts';
import type { Arrivals, ExpectedLine, FateColumns } from './expectedStream.ts';

const OUTAGE = causeCode('outage');
const MTU = causeCode('mtu');
const QUEUE = causeCode('queue');

/** Why what was held for later ones left without them; see the proxy's notes. */
export interface ExitMark {
  /** How many datagrams had entered. */
  readonly entered: number;
  readonly kind: 'quiet' | 'end' | 'close';
  readonly timeNs: number;
  /** The announced last index; null for none. */
  readonly lastIndex: number | null;
}

/** A stream as it entered, by row in order of arrival. */
export interface EnteredStream {
  readonly firstIndex: number;
  readonly indices: Uint32Array;
  /** 1 for the first datagram with its index, 2 and up for repeats. */
  readonly repeats: Uint16Array;
  readonly sizesBytes: Uint16Array;
  readonly timesNs: Float64Array;
  /** In order. */
  readonly marks: readonly ExitMark[];
  /** Planned sending time of an index, nanoseconds, where the stream's plan is known; null: times are those of arrival. */
  readonly plannedNs: ((index: number) => number) | null;
  /** Whether the rows are only the stream's beginning. */
  readonly isCut: boolean;
}

/** The fate of a repeat. */
interface RepeatFate {
  readonly dropCause: number;
  readonly copies: number;
  readonly hold: number;
  readonly corrupt: number;
  readonly delayNs: number;
}

/** Fates of first datagrams by index, and of repeats. A missing index is asked for by the row that shows that it is missing. */
export interface EnteredFates extends Omit<FateColumns, 'at'> {
  at(index: number, row: number): number;
  repeat(index: number, repeat: number, row: number): RepeatFate;
}

export interface ExpectedExits {
  readonly arrivals: Arrivals;
  /** Row of `arrivals` → the row that entered. */
  readonly rows: Uint32Array;
  /** Cause code → datagrams and copies that are dropped for it. */
  readonly droppedByCause: readonly number[];
  readonly duplicated: number;
}

/** Time 0 of `arrivals`: when the first one arrived, nanoseconds. */
export const startNs = ({ timesNs }: Pick<EnteredStream, 'timesNs'>): number => timesNs[0] ?? 0;

/** What does not stay in the reorder buffer, in the order of leaving it. */
interface Emitted {
  readonly rows: Uint32Array;
  /** Place → when it left that buffer, since the stream's start. */
  readonly timesNs: Float64Array;
  count: number;
}

/** What the walk finds of each row. */
interface RowFates {
  readonly copies: Uint8Array;
  readonly corrupted: Uint8Array;
  readonly delayNs: Float64Array;
  readonly droppedByCause: number[];
}

class Walk {
  readonly emitted: Emitted;
  readonly found: RowFates;
  readonly #stream: EnteredStream;
  readonly #fates: EnteredFates;
  readonly #mtuBytes: number | null;
  readonly #spare: number;
  /** Pass → rows that wait for it. */
  readonly #waiting = new Map<number, number[]>();
  #waitingCount = 0;
  #passes = 0;
  #next: number;
  /** The stream is said to be over; and that for good. */
  #isOver = false;
  #isClosed = false;
  #mark = 0;

  constructor(stream: EnteredStream, fates: EnteredFates, { mtuBytes = null, spare = 0 }: ExpectedLine) {
    const size = stream.indices.length;
    this.#stream = stream;
    this.#fates = fates;
    this.#mtuBytes = mtuBytes;
    this.#spare = spare;
    this.#next = stream.firstIndex;
    this.emitted = { rows: new Uint32Array(size), timesNs: new Float64Array(size), count: 0 };
    this.found = {
      copies: new Uint8Array(size),
      corrupted: new Uint8Array(size),
      delayNs: new Float64Array(size),
      droppedByCause: [],
    };
  }

  run(): void {
    const { indices, timesNs } = this.#stream;
    for (let row = 0; row < indices.length; row += 1) {
      this.#heed(row);
      this.#take(row, indices[row] as number, timesNs[row] as number);
    }
    this.#heed(indices.length);
    // Those behind the end of the list let go what waits; nobody knows which.
    if (this.#stream.isCut) this.#flush(timesNs.at(-1) ?? 0);
  }

  #take(row: number, index: number, timeNs: number): void {
    const isFirst = this.#stream.repeats[row] === 1;
    const isInOrder = isFirst && index >= this.#next;
    if (isInOrder) {
      if (!this.#isClosed) this.#isOver = false;
      this.#skipTo(index, row, timeNs);
      this.#next = index + 1;
    }
    const hold = this.#decide(row, index);
    if (hold < 0) return;
    if (hold > 0 && !this.#isOver) {
      const waiting = this.#waiting.get(this.#passes + hold) ?? [];
      waiting.push(row);
      this.#waiting.set(this.#passes + hold, waiting);
      this.#waitingCount += 1;
      return;
    }
    this.#emit(row, index, timeNs);
    // Only a first datagram in order, whose fate is to pass, counts for those who wait.
    if (isInOrder && hold === 0) this.#pass(index, timeNs);
  }

  /** Reads a row's fate. Returns for how many passes it is held; −1 if it is dropped. */
  #decide(row: number, index: number): number {
    const { repeats, sizesBytes } = this.#stream;
    const repeat = repeats[row] as number;
    const fate = repeat === 1 ? this.#first(index, row) : this.#fates.repeat(index, repeat, row);
    const isSpared = index <= this.#spare;
    const isTooLarge = !isSpared && this.#mtuBytes !== null && (sizesBytes[row] as number) > this.#mtuBytes;
    // During an outage nothing reaches the link with the MTU, so the cause is the outage.
    const cause = isTooLarge && fate.dropCause !== OUTAGE ? MTU : fate.dropCause;
    if (cause !== 0) {
      const { droppedByCause } = this.found;
      droppedByCause[cause] = (droppedByCause[cause] ?? 0) + 1;
      return -1;
    }
    this.found.copies[row] = fate.copies;
    this.found.corrupted[row] = fate.corrupt >= 0 && (sizesBytes[row] as number) > 0 ? 1 : 0;
    this.found.delayNs[row] = fate.delayNs;
    return fate.hold;
  }

  #first(index: number, row: number): RepeatFate {
    const fates = this.#fates;
    const at = fates.at(index, row);
    return {
      dropCause: fates.dropCause[at] as number,
      copies: fates.copies[at] as number,
      hold: fates.hold[at] as number,
      corrupt: fates.corrupt[at] as number,
      delayNs: fates.delayNs[at] as number,
    };
  }

  /** A missing index counts as a pass, if that was its fate. */
  #skipTo(index: number, row: number, timeNs: number): void {
    for (; this.#next < index && this.#waitingCount > 0; this.#next += 1) {
      const at = this.#fates.at(this.#next, row);
      if (this.#fates.dropCause[at] === 0 && this.#fates.hold[at] === 0) this.#pass(this.#next, timeNs);
    }
    this.#next = Math.max(this.#next, index);
  }

  #pass(index: number, timeNs: number): void {
    this.#passes += 1;
    const rows = this.#waiting.get(this.#passes);
    if (rows === undefined) return;
    this.#waiting.delete(this.#passes);
    this.#waitingCount -= rows.length;
    this.#release(rows, index, timeNs);
  }

  /** Heeds what happened before a row entered. */
  #heed(row: number): void {
    const { marks, timesNs } = this.#stream;
    for (; (marks[this.#mark]?.entered ?? Infinity) <= row; this.#mark += 1) {
      const { kind, timeNs, lastIndex } = marks[this.#mark] as ExitMark;
      const lastArrivalNs = timesNs[row - 1] ?? timeNs;
      if (kind === 'close') this.#isClosed = true;
      if (kind === 'end' && lastIndex !== null) this.#skipTo(lastIndex + 1, row - 1, lastArrivalNs);
      if (kind === 'end') this.#isOver = true;
      if (kind !== 'close') this.#flush(timeNs);
    }
  }

  #flush(timeNs: number): void {
    const rows = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.#waitingCount = 0;
    this.#release(rows, this.#next - 1, timeNs);
  }

  /** In order of the index; of one index as they came. */
  #release(rows: number[], by: number, timeNs: number): void {
    const { indices } = this.#stream;
    rows.sort((a, b) => (indices[a] as number) - (indices[b] as number) || a - b);
    for (const row of rows) this.#emit(row, by, timeNs);
  }

  /** @param by the index that let it go: its own, if it did not wait */
  #emit(row: number, by: number, timeNs: number): void {
    const { plannedNs, indices } = this.#stream;
    const { emitted } = this;
    const sinceNs =
      plannedNs === null ? timeNs - startNs(this.#stream) : plannedNs(by) - plannedNs(indices[0] as number);
    emitted.rows[emitted.count] = row;
    emitted.timesNs[emitted.count] = sinceNs;
    emitted.count += 1;
  }
}

/**
 * What leaves, in order, and when: times are since the first arrival.
 * @param line of the stream, with a link of its own
 */
export function expectedExits(stream: EnteredStream, fates: EnteredFates, line: ExpectedLine): ExpectedExits {
  const walk = new Walk(stream, fates, line);
  walk.run();
  const { found, emitted } = walk;
  const isTimed = line.isDelayed === true || line.rate !== null;
  const places = isTimed ? afterDelays(stream, emitted, found, line) : placesOf(emitted);
  const copied = withCopies(places, found.copies);
  const left = line.rate === null ? copied : afterLink(stream, copied, line);
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
    duplicated: copied.rows.length - emitted.count,
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
  { keepOrder, spare = 0 }: ExpectedLine,
): Places {
  const dueNs = new Float64Array(count);
  let latestNs = 0;
  for (let place = 0; place < count; place += 1) {
    const row = rows[place] as number;
    const isSpared = (indices[row] as number) <= spare;
    const ownNs = (timesNs[place] as number) + (isSpared ? 0 : (delayNs[row] as number));
    if (!isSpared && keepOrder) latestNs = Math.max(latestNs, ownNs);
    dueNs[place] = isSpared || !keepOrder ? ownNs : latestNs;
  }
  return inOrder({ rows: rows.slice(0, count), timesNs: dueNs });
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

/** What the link lets through. What is spared never enters it. */
function afterLink(stream: EnteredStream, places: Places, { rate, spare = 0 }: ExpectedLine): Places {
  if (rate === null) return places;
  const chosen = (isSpared: boolean): Places => {
    const kept = places.rows
      .map((_, place) => place)
      .filter((place) => (stream.indices[places.rows[place] as number] as number) <= spare === isSpared);
    return {
      rows: kept.map((place) => places.rows[place] as number),
      timesNs: Float64Array.from(kept, (place) => places.timesNs[place] as number),
    };
  };
  const spared = chosen(true);
  const offered = chosen(false);
  // The link counts from 1, and is told rows.
  const counts = offered.rows.map((row) => row + 1);
  const sizeBytes = (count: number): number => stream.sizesBytes[count - 1] as number;
  const [through] = overLink(
    [
      {
        stream: { firstCount: 1, lastCount: stream.indices.length, sizeBytes, sendNs: () => 0 },
        arrivals: { counts, corrupted: new Uint8Array(counts.length), timesNs: offered.timesNs },
        entries: counts,
        spare: 0,
      },
    ],
    rate,
  ) as [Arrivals];
  return inOrder({
    rows: joined(
      spared.rows,
      through.counts.map((count) => count - 1),
      new Uint32Array(spared.rows.length + through.counts.length),
    ),
    timesNs: joined(
      spared.timesNs,
      through.timesNs,
      new Float64Array(spared.rows.length + through.counts.length),
    ),
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
