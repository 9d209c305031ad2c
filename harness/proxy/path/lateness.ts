/**
 * How late the proxy sends: for each datagram, the time when it is sent minus the time when it was to leave.
 *
 * It was to leave at its scheduled release, or, without delay and rate, at its own arrival or that of the datagram that
 * released it. It is sent in the step of the endpoint that is timed at its beginning. One that leaves early is not late.
 *
 * Counted in cells of whole microseconds, 16 to a power of two: a percentile is off by at most 1/32 of itself and 1 µs.
 * The largest is exact. Memory is half a KiB, and 4 KiB after a lateness of a minute.
 */
import { formatDurationNs } from '../../../src/base/quantities.ts';
import { coarseCellOf, coarseMiddleOf } from '../../../src/metrics/histogram.ts';
import { NO_LATENESS } from '../../../src/service/lateness.ts';
import type { Lateness } from '../../../src/service/lateness.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import type { Direction } from '../../impairment/schedule.ts';

/** Plain data, like the other counters. */
export interface LateCounts {
  /** Cell → datagrams; its length grows with the largest lateness. */
  cells: Float64Array;
  datagrams: number;
  maxNs: number;
}

/** Cells of a power of two. */
const HALF = 16;
/** The first length: lateness below 128 µs. */
const FIRST_CELLS = 64;

/** None yet, of either direction. */
export const noWaits = (): Readonly<Record<Direction, LateCounts>> => ({ down: noneLate(), up: noneLate() });

export const noneLate = (): LateCounts => ({ cells: new Float64Array(0), datagrams: 0, maxNs: 0 });

/** Counts datagrams that were sent, all equally late. @param lateNs negative for early ones */
export function noteLate(late: LateCounts, lateNs: number, datagrams = 1): void {
  const cell = lateNs > 0 ? coarseCellOf(Math.floor(lateNs / 1e3), HALF) : 0;
  if (cell >= late.cells.length) fit(late, cell + 1);
  late.cells[cell] = (late.cells[cell] as number) + datagrams;
  late.datagrams += datagrams;
  if (lateNs > late.maxNs) late.maxNs = lateNs;
}

export function addLate(total: LateCounts, { cells, datagrams, maxNs }: LateCounts): void {
  if (cells.length > total.cells.length) fit(total, cells.length);
  for (const [cell, count] of cells.entries()) total.cells[cell] = (total.cells[cell] as number) + count;
  total.datagrams += datagrams;
  total.maxNs = Math.max(total.maxNs, maxNs);
}

/** What was counted since an earlier time; its largest is not known. */
export function lateSince({ cells, datagrams }: LateCounts, before: LateCounts): LateCounts {
  return {
    cells: cells.map((count, cell) => count - (before.cells[cell] ?? 0)),
    datagrams: datagrams - before.datagrams,
    maxNs: Number.POSITIVE_INFINITY,
  };
}

/** Percentiles by nearest rank. */
export function latenessOf(late: LateCounts): Lateness {
  if (late.datagrams === 0) return NO_LATENESS;
  const percentile = (percent: number): number => {
    const rank = Math.max(1, Math.ceil((percent * late.datagrams) / 100));
    let seen = 0;
    const cell = late.cells.findIndex((count) => (seen += count) >= rank);
    return Math.min(coarseMiddleOf(cell, HALF), late.maxNs / 1e3);
  };
  return { p50Us: percentile(50), p99Us: percentile(99), maxUs: late.maxNs / 1e3 };
}

/** `late p50 12 us, p99 80 us, max 1312 us`; null where nothing was sent. */
export function formatLateness(late: LateCounts): string | null {
  const { p50Us, p99Us, maxUs } = latenessOf(late);
  if (p50Us === null || p99Us === null || maxUs === null) return null;
  const [p50, p99, max] = [p50Us, p99Us, maxUs].map((us) => us.toFixed(0));
  return `left late by p50 ${p50} us, p99 ${p99} us, max ${max} us`;
}

/** Lateness that is worth a note: a tenth of the delay, within these. */
const DELAY_SHARE = 0.1;
const LEAST_NOTED_NS = 1e6;
const MOST_NOTED_NS = 10e6;

/** The lateness of one in a hundred from which on it is said, nanoseconds. */
function notedLatenessNs({ delay }: ImpairmentConfig): number {
  if (delay === null) return MOST_NOTED_NS;
  return Math.min(MOST_NOTED_NS, Math.max(LEAST_NOTED_NS, DELAY_SHARE * delay.delayNs));
}

/** Says that the machine was late; null where it was not, or by too little to matter. */
export function describeLate(late: LateCounts, config: ImpairmentConfig): string | null {
  const { p99Us } = latenessOf(late);
  const notedNs = notedLatenessNs(config);
  if (p99Us === null || p99Us * 1e3 <= notedNs) return null;
  const delay = config.delay === null ? '' : ` (the delay is ${formatDurationNs(config.delay.delayNs)})`;
  return (
    `the machine was late: one datagram in a hundred left ${(p99Us / 1e3).toFixed(1)} ms or more after its time` +
    `${delay}, the latest ${(late.maxNs / 1e6).toFixed(1)} ms after it`
  );
}

function fit(late: LateCounts, cells: number): void {
  let length = Math.max(FIRST_CELLS, late.cells.length);
  while (length < cells) length *= 2;
  const longer = new Float64Array(length);
  longer.set(late.cells);
  late.cells = longer;
}
