/**
 * The order of arrival that a schedule makes of a stream, computed from the whole sequence at once.
 *
 * It is independent of the reorder buffer and release queue that the proxy uses, and shares no code with them: a held
 * datagram's release is looked up, as the d-th later index that is neither dropped nor held.
 */
import { EnteredSizes } from './sizeCauses.ts';
import { overLink } from './expectedLink.ts';
import type { Offered } from './expectedLink.ts';
import { LineOver, dueTimes } from './lineOver.ts';
import type { Arrivals, ExpectedLine, ExpectedStream, FateColumns, LinkRate } from './expectedStream.ts';

/** Counts of what the schedule does to the stream. */
export interface ExpectedAccount {
  readonly sent: number;
  /** Extra copies of datagrams that were not dropped. */
  readonly duplicated: number;
  /** Dropped by the schedule or by the link queue. */
  readonly dropped: number;
  /** Cause code → datagrams that the schedule drops for that cause; entry 0 is unused. */
  readonly droppedByCause: readonly number[];
  /** Datagrams and copies dropped because the link queue was full. */
  readonly queueDropped: number;
  /** Datagrams held, whether released by a pass or by the flush. */
  readonly held: number;
  /** Held datagrams that were flushed at the end, because fewer passes followed than their distance. */
  readonly flushed: number;
  /** All arriving copies, including corrupted ones. */
  readonly delivered: number;
}

export interface ExpectedDelivery {
  readonly arrivals: Arrivals;
  readonly account: ExpectedAccount;
}

/** The fates of the stream, copied out of the schedule in one pass. Position k is count `firstCount + k`. */
interface Fates {
  readonly dropped: Uint8Array;
  readonly copies: Uint8Array;
  readonly hold: Uint32Array;
  readonly corrupted: Uint8Array;
  readonly delayNs: Float64Array;
  readonly droppedByCause: number[];
  readonly delayed: boolean;
}

function readFates(stream: ExpectedStream, schedule: FateColumns, line: LineOver, size: number): Fates {
  const dropped = new Uint8Array(size);
  const copies = new Uint8Array(size);
  const hold = new Uint32Array(size);
  const corrupted = new Uint8Array(size);
  const delayNs = new Float64Array(size);
  const droppedByCause = [0];
  let delayed = false;
  const sizes = new EnteredSizes();
  for (let k = 0; k < size; k += 1) {
    const count = stream.firstCount + k;
    const row = schedule.at(count);
    const drawn = schedule.dropCause[row] as number;
    const cause = sizes.causeOf(drawn, line.at(count), count, stream.sizeBytes(count));
    // What is spared keeps the zeros that the columns begin with.
    if (line.isSpared(count)) continue;
    if (cause !== 0) {
      dropped[k] = 1;
      while (droppedByCause.length <= cause) droppedByCause.push(0);
      droppedByCause[cause] = (droppedByCause[cause] as number) + 1;
      continue;
    }
    copies[k] = schedule.copies[row] as number;
    hold[k] = schedule.hold[row] as number;
    corrupted[k] = (schedule.corrupt[row] as number) >= 0 ? 1 : 0;
    delayNs[k] = schedule.delayNs[row] as number;
    if (delayNs[k] !== 0) delayed = true;
  }
  return { dropped, copies, hold, corrupted, delayNs, droppedByCause, delayed };
}

/** The positions that are not dropped, in the order in which they leave the reorder buffer, and the time of each. */
interface Departures {
  readonly positions: Uint32Array;
  readonly timesNs: Float64Array;
  /** The position of the pass that released it; its own if it passed. */
  readonly releasedBy: Uint32Array;
  readonly held: number;
  readonly flushed: number;
}

/**
 * Each pass, followed by the held datagrams that it releases. Passes are numbered in index order; position k, held for
 * d passes, is released by pass (passes before k) + d - 1, or by the flush if the stream has no such pass.
 */
function departures(stream: ExpectedStream, fates: Fates, size: number): Departures {
  let passes = 0;
  let held = 0;
  for (let k = 0; k < size; k += 1) {
    if (fates.dropped[k] === 1) continue;
    if (fates.hold[k] === 0) passes += 1;
    else held += 1;
  }

  // Two counting passes keep index order within a release: the first counts the releases of each pass, the second places them.
  const released = new Uint32Array(passes + 1);
  const releaseOf = new Uint32Array(size);
  for (let k = 0, before = 0; k < size; k += 1) {
    if (fates.dropped[k] === 1) continue;
    const distance = fates.hold[k] as number;
    if (distance === 0) {
      before += 1;
      continue;
    }
    const release = Math.min(before + distance - 1, passes);
    releaseOf[k] = release;
    released[release] = (released[release] as number) + 1;
  }
  const flushed = released[passes] as number;

  const positions = new Uint32Array(passes + held);
  const timesNs = new Float64Array(passes + held);
  const releasedBy = new Uint32Array(passes + held);
  const next = new Uint32Array(passes + 1);
  const leavesNs = new Float64Array(passes + 1);
  const passAt = new Uint32Array(passes + 1);
  if (flushed > 0) leavesNs[passes] = stream.sendNs(stream.lastCount);
  passAt[passes] = Math.max(0, size - 1);
  for (let k = 0, pass = 0, place = 0; k < size; k += 1) {
    if (fates.dropped[k] === 1 || fates.hold[k] !== 0) continue;
    const timeNs = stream.sendNs(stream.firstCount + k);
    positions[place] = k;
    timesNs[place] = timeNs;
    releasedBy[place] = k;
    passAt[pass] = k;
    leavesNs[pass] = timeNs;
    next[pass] = place + 1;
    place += 1 + (released[pass] as number);
    pass += 1;
    if (pass === passes) next[passes] = place;
  }
  for (let k = 0; k < size; k += 1) {
    if (fates.hold[k] === 0) continue;
    const release = releaseOf[k] as number;
    const place = next[release] as number;
    positions[place] = k;
    timesNs[place] = leavesNs[release] as number;
    releasedBy[place] = passAt[release] as number;
    next[release] = place + 1;
  }
  return { positions, timesNs, releasedBy, held, flushed };
}

/**
 * Adds the delays. Where order is kept each departure is at least as late as those before it; departures are then sorted by
 * time, and those with equal times keep their order.
 */
function afterDelays(stream: ExpectedStream, departed: Departures, fates: Fates, line: LineOver): Departures {
  if (!fates.delayed) return departed;
  const { positions, timesNs, releasedBy } = departed;
  const ownNs = timesNs.map(
    (timeNs, place) => timeNs + (fates.delayNs[positions[place] as number] as number),
  );
  const counts = positions.map((k) => stream.firstCount + k);
  const dueNs = dueTimes(line, counts, ownNs);
  if (dueNs.every((timeNs, place) => place === 0 || timeNs >= (dueNs[place - 1] as number)))
    return { ...departed, timesNs: dueNs };
  const order = positions
    .map((_, place) => place)
    .toSorted((a, b) => (dueNs[a] as number) - (dueNs[b] as number) || a - b);
  return {
    ...departed,
    positions: order.map((place) => positions[place] as number),
    timesNs: Float64Array.from(order, (place) => dueNs[place] as number),
    releasedBy: order.map((place) => releasedBy[place] as number),
  };
}

/** The departures, each followed by its copies. */
function withCopies(
  stream: ExpectedStream,
  fates: Fates,
  departed: Departures,
): Pick<Offered, 'arrivals' | 'entries'> {
  const { positions, timesNs, releasedBy } = departed;
  let size = positions.length;
  for (const k of positions) size += fates.copies[k] as number;
  const arrivals = {
    counts: new Uint32Array(size),
    corrupted: new Uint8Array(size),
    timesNs: new Float64Array(size),
  };
  const entries = new Uint32Array(size);
  for (let place = 0, row = 0; place < positions.length; place += 1) {
    const k = positions[place] as number;
    const end = row + 1 + (fates.copies[k] as number);
    arrivals.counts.fill(stream.firstCount + k, row, end);
    arrivals.corrupted.fill(fates.corrupted[k] as number, row, end);
    arrivals.timesNs.fill(timesNs[place] as number, row, end);
    entries.fill(stream.firstCount + (releasedBy[place] as number), row, end);
    row = end;
  }
  return { arrivals, entries };
}

/** One flow: its stream, the fates of its datagrams, and the line that they meet. */
export interface ExpectedFlow {
  readonly stream: ExpectedStream;
  readonly schedule: FateColumns;
  readonly line: Omit<ExpectedLine, 'rate'>;
}

/** A flow up to the link: what comes to it, and what became of the rest. */
function upToLink({ stream, schedule, line: settings }: ExpectedFlow, rate: LinkRate | null) {
  const size = stream.lastCount - stream.firstCount + 1;
  const line = new LineOver({ ...settings, rate });
  const fates = readFates(stream, schedule, line, size);
  const departed = afterDelays(stream, departures(stream, fates, size), fates, line);
  const offered: Offered = { stream, line, ...withCopies(stream, fates, departed) };
  return { size, fates, departed, offered, isLinked: line.isLinked };
}

/**
 * The arrivals of flows that share one link, in order, if their streams meet only their schedules, on a network without
 * latency.
 *
 * A held datagram leaves right after the d-th later datagram whose fate is to pass (ties in index order), or at the end
 * of the stream; its own delay starts then. Copies travel with their original, and the link queue treats each as a
 * datagram.
 *
 * @param flows in the order that decides ties at the link
 * @param rate that the link begins with; null: there is none
 */
export function expectedDeliveries(
  flows: readonly ExpectedFlow[],
  rate: LinkRate | null,
): ExpectedDelivery[] {
  const all = flows.map((flow) => upToLink(flow, rate));
  const offers = all.map(({ offered }) => offered);
  const isLinked = all.some((one) => one.isLinked);
  const linked = isLinked ? overLink(offers) : offers.map(({ arrivals }) => arrivals);
  return all.map(({ size, fates, departed, offered }, k) => {
    const arrivals = linked[k] as Arrivals;
    const passed = departed.positions.length;
    const offeredCopies = offered.entries.length;
    const queueDropped = offeredCopies - arrivals.counts.length;
    const account = {
      sent: size,
      duplicated: offeredCopies - passed,
      dropped: size - passed + queueDropped,
      droppedByCause: fates.droppedByCause,
      queueDropped,
      held: departed.held,
      flushed: departed.flushed,
      delivered: arrivals.counts.length,
    };
    return { arrivals, account };
  });
}

/** The arrivals of one flow, with a link of its own. */
export const expectedDelivery = (
  stream: ExpectedStream,
  schedule: FateColumns,
  line: ExpectedLine,
): ExpectedDelivery => expectedDeliveries([{ stream, schedule, line }], line.rate)[0] as ExpectedDelivery;
