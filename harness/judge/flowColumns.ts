/**
 * What was decided about every single datagram of a client's stream, and when it arrived: the columns that a report's
 * timeline is drawn from.
 *
 * It joins a schedule and arrivals by count. It judges nothing: the figures of a run come from elsewhere.
 */
import { causeCode } from '../impairment/causes.ts';
import { EnteredSizes } from '../expected/sizeCauses.ts';
import type { ExpectedFlow } from '../expected/expectedArrivals.ts';
import { LineOver } from '../expected/lineOver.ts';
import type { KeptArrivals } from '../session/keptArrivals.ts';

/** Whose columns they are. */
export interface Owner {
  readonly flow: number;
  readonly direction: string;
  /** Null at a proxy by itself. */
  readonly client: number | null;
  /** Of a flow and direction at a proxy by itself; null elsewhere. */
  readonly stream: number | null;
}

/** Row k is the datagram with count `firstCount + k`, or with the k-th of the numbers where there are any. */
export interface FlowColumns extends Owner {
  readonly firstCount: number;
  /** The indices of what entered a proxy, in the order in which it did; null for a stream that was planned. */
  readonly numbers: Uint32Array | null;
  /** The cause of its drop, as scheduled; 0 for none. */
  readonly causes: Uint8Array;
  /** Number of later passes it is held for. */
  readonly holds: Uint16Array;
  /** Extra copies, as scheduled. */
  readonly copies: Uint8Array;
  /** 1 if a bit of it is flipped, as scheduled. */
  readonly damaged: Uint8Array;
  /** Intact arrivals, at most 255. */
  readonly arrived: Uint8Array;
  /** How far the first arrival is reordered (RFC 4737, section 4.2); 0 if it is not. */
  readonly extents: Uint32Array;
  /** When it was due to be sent, or entered the proxy: nanoseconds since the stream's start. */
  readonly dueNs: Float64Array;
  /** From then to the first arrival, nanoseconds; Infinity without one. */
  readonly delayNs: Float64Array;
  /** Arrivals beyond the first, in order of arrival: their rows, and the time since they were due. */
  readonly again: { readonly rows: Uint32Array; readonly delayNs: Float64Array };
}

const QUEUE = causeCode('queue');
const MOST_COPIES = 255;
const MOST_HOLDS = 65_535;

/**
 * @param startNs when the stream started, nanoseconds since the run's epoch
 * @param expected the counts that leave the link, for a link whose queue drops; null without one
 */
export function flowColumns(
  who: Pick<Owner, 'flow' | 'direction' | 'client'>,
  planned: ExpectedFlow,
  arrivals: KeptArrivals,
  startNs: number,
  expected: Uint32Array | null,
): FlowColumns {
  const { stream, schedule, line } = planned;
  const { firstCount } = stream;
  const size = Math.max(0, stream.lastCount - firstCount + 1);
  const causes = new Uint8Array(size);
  const holds = new Uint16Array(size);
  const copies = new Uint8Array(size);
  const damaged = new Uint8Array(size);
  const dueNs = new Float64Array(size);
  const sizes = new EnteredSizes();
  const met = new LineOver({ ...line, rate: null });
  for (let k = 0; k < size; k += 1) {
    const count = firstCount + k;
    dueNs[k] = stream.sendNs(count);
    const row = schedule.at(count);
    const drawn = schedule.dropCause[row] as number;
    const cause = sizes.causeOf(drawn, met.at(count), count, stream.sizeBytes(count));
    if (met.isSpared(count)) continue;
    causes[k] = cause;
    if (cause !== 0) continue;
    holds[k] = Math.min(schedule.hold[row] as number, MOST_HOLDS);
    copies[k] = schedule.copies[row] as number;
    damaged[k] = (schedule.corrupt[row] as number) >= 0 ? 1 : 0;
  }
  if (expected !== null) markQueueDrops(causes, firstCount, expected);
  const rows = arrivals.counts.map((count) => count - firstCount);
  const own = { ...who, stream: null, firstCount, numbers: null };
  return {
    ...own,
    causes,
    holds,
    copies,
    damaged,
    dueNs,
    ...received(rows, arrivals.timesNs, startNs, dueNs, null),
  };
}

/** What is scheduled to pass, and does not leave the link, was dropped by its queue. */
function markQueueDrops(causes: Uint8Array, firstCount: number, expected: Uint32Array): void {
  const leaves = new Uint8Array(causes.length);
  for (const count of expected) leaves[count - firstCount] = 1;
  for (let k = 0; k < causes.length; k += 1) if (leaves[k] === 0 && causes[k] === 0) causes[k] = QUEUE;
}

/**
 * Joins arrivals to what was sent.
 * @param rows arrival → the row that arrived; one of no row is left out
 * @param numbers row → its number, by which order is judged; null: rows are in order
 */
export function received(
  rows: Uint32Array,
  timesNs: Float64Array,
  startNs: number,
  dueNs: Float64Array,
  numbers: Uint32Array | null,
): Pick<FlowColumns, 'arrived' | 'extents' | 'delayNs' | 'again'> {
  const size = dueNs.length;
  const arrived = new Uint8Array(size);
  const extents = new Uint32Array(size);
  const delayNs = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const againRows: number[] = [];
  const againNs: number[] = [];
  // The unique arrivals that were greater than all before them, with their positions: both rise.
  const records = new Uint32Array(size);
  const recordsAt = new Uint32Array(size);
  let recordCount = 0;
  let unique = 0;
  // A number that entered again, and arrives again, is a duplicate: it has no place among unique arrivals.
  const known = numbers === null ? null : new Set<number>();
  for (let arrival = 0; arrival < rows.length; arrival += 1) {
    const k = rows[arrival] as number;
    // What came before the first count has wrapped around.
    if (k >= size) continue;
    const number = numbers === null ? k : (numbers[k] as number);
    const lateNs = (timesNs[arrival] as number) - startNs - (dueNs[k] as number);
    const seen = arrived[k] as number;
    if (seen < MOST_COPIES) arrived[k] = seen + 1;
    if (seen > 0) {
      againRows.push(k);
      againNs.push(lateNs);
      continue;
    }
    delayNs[k] = lateNs;
    if (known?.has(number) === true) continue;
    known?.add(number);
    if (recordCount === 0 || (records[recordCount - 1] as number) <= number) {
      records[recordCount] = number;
      recordsAt[recordCount] = unique;
      recordCount += 1;
    } else {
      extents[k] = unique - (recordsAt[firstAbove(records, recordCount, number)] as number);
    }
    unique += 1;
  }
  return {
    arrived,
    extents,
    delayNs,
    again: { rows: Uint32Array.from(againRows), delayNs: Float64Array.from(againNs) },
  };
}

/** The place of the first of the rising values that is greater. */
function firstAbove(values: Uint32Array, length: number, than: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) > than) high = middle;
    else low = middle + 1;
  }
  return low;
}
