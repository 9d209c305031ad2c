/**
 * The recount: what entered a proxy, what left it, the flags and the seed; and every position at which they disagree.
 *
 * Written from docs/impairment.md and docs/protocols.md alone; it shares nothing with the program but the generator that
 * the page names.
 */
import { decideAll, decideRepeat } from './fates.ts';
import type { Fate } from './fates.ts';
import type { Knobs } from './knobs.ts';
import { inOrderOfEntry } from './order.ts';
import type { Passing } from './order.ts';
import { lostToOutages } from './outages.ts';
import { Moments, latenesses, orderByRelease, releases, throughLink } from './times.ts';

export interface Seen {
  readonly timeNs: number;
  readonly payload: Buffer;
}

export interface Capture {
  /** Those of one flow and direction, in order. */
  readonly entered: readonly Seen[];
  readonly left: readonly Seen[];
}

export interface Settings {
  readonly knobs: Knobs;
  /** Seed, flow and direction, such as `7/1/up`. */
  readonly key: string;
  /** A datagram's index; null where it has none. */
  readonly indexOf: (payload: Buffer) => number | null;
  /** How much later than seen a proxy may have read a datagram. */
  readonly slackNs: number;
}

export interface Recounted {
  /** A line for each disagreement; none is agreement. */
  readonly faults: readonly string[];
  readonly entered: number;
  /** How late each left, and how much later than it was seen it was read at the least, for all to fit together. */
  readonly lateNs: readonly number[];
  readonly shiftsNs: readonly number[];
}

/** One that entered and has an index. */
export interface Indexed extends Seen, Fate {
  readonly index: number;
  readonly isRepeat: boolean;
  readonly name: string;
  /** As it must leave. */
  readonly expected: Buffer;
  /** When it and its copies left, and its rank among all that left. */
  readonly times: { readonly timeNs: number; readonly rank: number }[];
}

export function recount(capture: Capture, settings: Settings): Recounted {
  const { knobs, slackNs } = settings;
  if (knobs.rateBps !== null && knobs.outages.length > 0)
    throw new Error(
      'not recounted: an outage beside a link, since nobody sees which of them lost what is missing',
    );
  const faults: string[] = [];
  const indexed = readFlow(capture, settings, faults);

  const candidates = indexed.map((one) => ({
    isGone: one.isSpared || isDropped(one, knobs) ? null : one.times.length === 0,
  }));
  const seen = indexed.map(({ timeNs }) => timeNs);
  const { moments, outage } = lostToOutages(candidates, knobs.outages, () => new Moments(seen, slackNs));
  const isLost = indexed.map((one, place) => isDropped(one, knobs) || outage.has(place));
  const order = inOrderOfEntry(
    indexed.map((one, place) => ({ ...one, isDropped: isLost[place] as boolean })),
    passesByFate(indexed, settings),
  );
  checkCounts(indexed, order, knobs, faults);
  const { lateNs, shiftsNs } = checkTimes(indexed, order, knobs, moments, slackNs, faults);
  return { faults: [...faults, ...moments.faults], entered: indexed.length, lateNs, shiftsNs };
}

/** Whether an index that never came would have passed. */
function passesByFate(indexed: readonly Indexed[], { knobs, key }: Settings): (index: number) => boolean {
  const fates = decideAll(knobs, key, highestIndex(indexed));
  return (index) => fates[index - 1]?.isDropped === false && fates[index - 1]?.hold === 0;
}

const highestIndex = (indexed: readonly { readonly index: number }[]): number =>
  indexed.reduce((most, { index }) => Math.max(most, index), 0);

/** What entered and has an index, with its fate and when it left. @param prefix of their names in faults */
export function readFlow(
  capture: Capture,
  settings: Settings,
  faults: string[],
  prefix = '',
): readonly Indexed[] {
  const indexed = decideEntered(capture.entered, settings, prefix);
  passThrough(capture, settings, faults);
  assignLeft(indexed, capture.left, settings, faults);
  return indexed;
}

/** Those of several flows as they came. */
export const inOrderOfArrival = (indexed: readonly Indexed[]): readonly Indexed[] =>
  indexed.toSorted((one, other) => one.timeNs - other.timeNs);

function decideEntered(
  entered: readonly Seen[],
  { knobs, key, indexOf }: Settings,
  prefix: string,
): readonly Indexed[] {
  const numbered = entered.flatMap((seen) => {
    const index = indexOf(seen.payload);
    return index === null ? [] : [{ ...seen, index }];
  });
  const fates = decideAll(knobs, key, highestIndex(numbered));
  const times = new Map<number, number>();
  let cameBytes = 0;
  return numbered.map((seen) => {
    cameBytes += seen.payload.length;
    const k = (times.get(seen.index) ?? 0) + 1;
    times.set(seen.index, k);
    const fate = k === 1 ? (fates[seen.index - 1] as Fate) : decideRepeat(knobs, key, seen.index, k);
    const name = `${prefix}index ${seen.index}${k === 1 ? '' : `, time ${k}`}`;
    const isOver = cameBytes > knobs.dropAfterBytes && !fate.isSpared;
    const isDropped = fate.isDropped || isOver;
    return {
      ...seen,
      ...fate,
      isDropped,
      name,
      isRepeat: k > 1,
      expected: flipped(seen.payload, fate),
      times: [],
    };
  });
}

function flipped(payload: Buffer, { bitShare }: Fate): Buffer {
  if (bitShare === null) return payload;
  const bit = Math.floor(bitShare * payload.length * 8);
  const bytes = Buffer.from(payload);
  bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  return bytes;
}

export const isDropped = (one: Indexed, { mtuBytes }: Knobs): boolean =>
  one.isDropped || (mtuBytes !== null && !one.isSpared && one.payload.length > mtuBytes);

/** What has no index leaves as it came. */
function passThrough({ entered, left }: Capture, { indexOf }: Settings, faults: string[]): void {
  const came = entered.filter(({ payload }) => indexOf(payload) === null);
  const went = left.filter(({ payload }) => indexOf(payload) === null);
  const texts = [came, went].map((list) => list.map(({ payload }) => payload.toString('hex')).join(' '));
  if (texts[0] !== texts[1]) faults.push(`without an index: [${texts[0]}] entered, [${texts[1]}] left`);
}

/** Finds whose bytes each are that left. */
function assignLeft(
  indexed: readonly Indexed[],
  left: readonly Seen[],
  { indexOf }: Settings,
  faults: string[],
): void {
  const byBytes = new Map(indexed.map((one) => [one.expected.toString('latin1'), one]));
  if (byBytes.size !== indexed.length)
    throw new Error('two that entered look alike; the recount cannot tell them apart');
  for (const [rank, { timeNs, payload }] of left.entries()) {
    const one = byBytes.get(payload.toString('latin1'));
    if (one !== undefined) one.times.push({ timeNs, rank });
    else if (indexOf(payload) !== null)
      faults.push(
        `what left at rank ${rank} with number ${indexOf(payload)} has not the bytes of any that entered`,
      );
  }
}

const leftAs = (indexed: readonly Indexed[], { place, copy }: Passing): Indexed['times'][0] | null =>
  indexed[place]?.times[copy] ?? null;

/** Who must leave and how often. */
function checkCounts(
  indexed: readonly Indexed[],
  order: readonly Passing[],
  { rateBps }: Knobs,
  faults: string[],
): void {
  const due = indexed.map(() => 0);
  for (const { place } of order) due[place] = (due[place] as number) + 1;
  for (const [place, { name, times }] of indexed.entries()) {
    const wanted = due[place] as number;
    const isWrong = rateBps === null ? times.length !== wanted : times.length > wanted;
    if (isWrong) faults.push(`${name} left ${times.length} times instead of ${wanted}`);
  }
}

function checkTimes(
  indexed: readonly Indexed[],
  order: readonly Passing[],
  knobs: Knobs,
  moments: Moments,
  slackNs: number,
  faults: string[],
): { readonly lateNs: readonly number[]; readonly shiftsNs: readonly number[] } {
  const all = order.map((one, rank) => {
    const { name, delayNs, payload, isSpared } = indexed[one.place] as Indexed;
    const went = leftAs(indexed, one);
    const label = one.copy > 0 ? `the copy of ${name}` : name;
    return {
      ...one,
      name: label,
      isSpared,
      delayNs,
      rank,
      bytes: payload.length,
      leftRank: went?.rank ?? -1,
      leftNs: went?.timeNs ?? null,
    };
  });
  const seen = all.flatMap((one) => (one.leftNs === null ? [] : [{ ...one, leftNs: one.leftNs }]));
  const asLeft = seen.toSorted((one, other) => one.leftRank - other.leftRank);
  const keepsOrder = knobs.keepOrder || knobs.jitterNs === 0;
  if (keepsOrder) {
    const wrong = seen.findIndex(({ leftRank }, k) => leftRank !== asLeft[k]?.leftRank);
    if (wrong >= 0) faults.push(`${seen[wrong]?.name} is due where ${asLeft[wrong]?.name} left`);
  }
  if (knobs.rateBps !== null) {
    if (!keepsOrder) throw new Error('not recounted: a rate behind a jitter without --keep-order');
    const { rateBps } = knobs;
    const offered = all
      .filter((one) => !one.isSpared)
      .map((one) => ({ ...one, serviceNs: (one.bytes * 8 * 1e9) / rateBps }));
    // All of these tests are of one size.
    const queue =
      knobs.queueBytes === null ? knobs.queue : Math.floor(knobs.queueBytes / (offered[0]?.bytes ?? 1));
    return throughLink(offered, queue, moments, slackNs, faults);
  }
  if (!keepsOrder) orderByRelease(asLeft, moments);
  const lateNs = latenesses(seen, releases(seen, moments, knobs.keepOrder), faults);
  return { lateNs, shiftsNs: moments.shiftsNs() };
}
