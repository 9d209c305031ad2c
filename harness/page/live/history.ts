/**
 * What a proxy has said of itself over the last minutes, and what follows of it: rates, losses by cause, delays. Pure.
 *
 * The program sends running totals; a figure of a time is a difference of two of them.
 */
import type { Direction } from '../../impairment/schedule.ts';
import type { DirectionState, ProxyState } from '../../control/liveState.ts';

/** Kept of each proxy: a quarter of an hour of seconds. */
export const KEPT_SAMPLES = 901;

export interface Sample extends Readonly<Record<Direction, DirectionState>> {
  /** Seconds since the program's start. */
  readonly atS: number;
  readonly kernelDrops: number | null;
}

export type History = readonly Sample[];

const MICROSECONDS = 1e6;

/** Whether totals went back: another proxy of that name, or another run of the program. */
const isOther = (before: Sample, now: Sample): boolean =>
  now.atS <= before.atS || now.up.arrived < before.up.arrived || now.down.arrived < before.down.arrived;

/** The history with what it says now; a proxy that is another one begins anew. */
export function withSample(history: History, atUs: number, proxy: ProxyState): History {
  const { up, down, kernelDrops } = proxy;
  const now: Sample = { atS: atUs / MICROSECONDS, up, down, kernelDrops };
  const last = history.at(-1);
  if (last === undefined || isOther(last, now)) return [now];
  return [...(history.length < KEPT_SAMPLES ? history : history.slice(1)), now];
}

/** The samples of the last so many seconds, and the one before them, from which their differences are made. */
export function lastOf(history: History, spanS: number): History {
  const end = history.at(-1)?.atS ?? 0;
  const first = history.findIndex(({ atS }) => atS >= end - spanS);
  return history.slice(Math.max(0, first - 1));
}

/** What happened between the first and the last sample. */
export interface Change {
  readonly seconds: number;
  readonly arrived: number;
  readonly forwarded: number;
  readonly duplicated: number;
  readonly dropped: number;
  readonly byCause: Readonly<Record<string, number>>;
}

const NOTHING: Change = { seconds: 0, arrived: 0, forwarded: 0, duplicated: 0, dropped: 0, byCause: {} };

export function changeOver(history: History, direction: Direction): Change {
  const [first, last] = [history[0], history.at(-1)];
  if (first === undefined || last === undefined) return NOTHING;
  const [from, to] = [first[direction], last[direction]];
  const causes = Object.entries(to.droppedByCause).map(
    ([cause, count]) => [cause, count - (from.droppedByCause[cause] ?? 0)] as const,
  );
  return {
    seconds: last.atS - first.atS,
    arrived: to.arrived - from.arrived,
    forwarded: to.forwarded - from.forwarded,
    duplicated: to.duplicated - from.duplicated,
    dropped: to.dropped - from.dropped,
    byCause: Object.fromEntries(causes.filter(([, count]) => count > 0)),
  };
}

/** Counts a second between neighbours, at the time of the later one. */
export const ratesOf = (history: History, count: (sample: Sample) => number): number[] =>
  history
    .slice(1)
    .map((now, k) => (count(now) - count(history[k] as Sample)) / (now.atS - (history[k] as Sample).atS));

/** Times of the later one of each two neighbours. */
export const timesOf = (history: History): number[] => history.slice(1).map(({ atS }) => atS);

/** The causes that occurred, the commonest first. */
export const causesOf = (change: Change): string[] =>
  Object.entries(change.byCause)
    .toSorted(([, one], [, other]) => other - one)
    .map(([cause]) => cause);
