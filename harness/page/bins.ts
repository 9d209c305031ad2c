/**
 * Sums of datagrams: bins of a timeline, lengths of loss runs, extents of reordering, percentiles of delay.
 *
 * Pure: columns in, figures out.
 */
import type { Datagrams } from './datagramRows.ts';

/** Bin by bin, the first datagram's row at `from`. */
export interface Bins {
  /** Datagrams in a bin; the last one may have fewer. */
  readonly size: number;
  readonly length: number;
  readonly minUs: Float64Array;
  readonly meanUs: Float64Array;
  readonly maxUs: Float64Array;
  readonly lost: Uint32Array;
  readonly again: Uint32Array;
  readonly reordered: Uint32Array;
}

/** Rows `from` (included) to `to` (excluded), in at most `most` bins of equally many datagrams. */
export function binned(data: Datagrams, from: number, to: number, most: number): Bins {
  const size = Math.max(1, Math.ceil((to - from) / most));
  const length = Math.ceil((to - from) / size);
  const bins = {
    size,
    length,
    minUs: new Float64Array(length).fill(Number.NaN),
    meanUs: new Float64Array(length).fill(Number.NaN),
    maxUs: new Float64Array(length).fill(Number.NaN),
    lost: new Uint32Array(length),
    again: new Uint32Array(length),
    reordered: new Uint32Array(length),
  };
  for (let bin = 0; bin < length; bin += 1) {
    const end = Math.min(to, from + (bin + 1) * size);
    let sumUs = 0;
    let seen = 0;
    let minUs = Infinity;
    let maxUs = -Infinity;
    for (let row = from + bin * size; row < end; row += 1) {
      const arrived = data.arrived[row] as number;
      if (arrived === 0) {
        bins.lost[bin] = (bins.lost[bin] as number) + 1;
        continue;
      }
      if (arrived > 1) bins.again[bin] = (bins.again[bin] as number) + arrived - 1;
      if (data.extent[row] !== 0) bins.reordered[bin] = (bins.reordered[bin] as number) + 1;
      const delayUs = data.delayUs[row] as number;
      sumUs += delayUs;
      seen += 1;
      if (delayUs < minUs) minUs = delayUs;
      if (delayUs > maxUs) maxUs = delayUs;
    }
    if (seen === 0) continue;
    bins.minUs[bin] = minUs;
    bins.meanUs[bin] = sumUs / seen;
    bins.maxUs[bin] = maxUs;
  }
  return bins;
}

/** Length of a run of losses → number of runs, rising. */
export type RunLengths = readonly (readonly [length: number, runs: number])[];

function lengthsOf(rows: number, isLost: (row: number) => boolean): RunLengths {
  const counts = new Map<number, number>();
  let length = 0;
  for (let row = 0; row <= rows; row += 1) {
    if (row < rows && isLost(row)) {
      length += 1;
      continue;
    }
    if (length > 0) counts.set(length, (counts.get(length) ?? 0) + 1);
    length = 0;
  }
  return [...counts].toSorted(([one], [other]) => one - other);
}

/** Runs of what did not arrive. */
export const measuredRuns = ({ rows, arrived }: Datagrams): RunLengths =>
  lengthsOf(rows, (row) => arrived[row] === 0);

/** Runs of what the schedule drops or damages. */
export const scheduledRuns = ({ rows, cause, damaged }: Datagrams): RunLengths =>
  lengthsOf(rows, (row) => cause[row] !== 0 || damaged[row] !== 0);

/** Extent → reordered datagrams with it, rising. */
export function extents({
  rows,
  extent,
}: Datagrams): readonly (readonly [extent: number, datagrams: number])[] {
  const counts = new Map<number, number>();
  for (let row = 0; row < rows; row += 1) {
    const value = extent[row] as number;
    if (value > 0) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].toSorted(([one], [other]) => one - other);
}

/** Points of a percentile plot: the share that is no greater, and the delay. */
export type Percentiles = readonly (readonly [share: number, delayUs: number])[];

const POINTS_PER_DECADE = 12;

/**
 * Nearest ranks of the first arrivals' delays, at shares that come ever closer to 1: 0, …, 0.9, …, 0.99, … up to the
 * largest delay, which is the last point.
 */
export function percentiles({ delayUs }: Datagrams): Percentiles {
  const sorted = delayUs.filter((value) => !Number.isNaN(value)).toSorted();
  const { length } = sorted;
  if (length === 0) return [];
  const points: [number, number][] = [[0, sorted[0] as number]];
  const decades = Math.log10(length);
  for (let k = 1; k < decades * POINTS_PER_DECADE; k += 1) {
    const share = 1 - 10 ** (-k / POINTS_PER_DECADE);
    points.push([share, sorted[Math.max(0, Math.ceil(share * length) - 1)] as number]);
  }
  points.push([1 - 1 / length, sorted.at(-1) as number]);
  return points;
}

/** The first row that is due at a time or later. */
export function rowAt(dueUs: Float64Array, timeUs: number): number {
  let low = 0;
  let high = dueUs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((dueUs[middle] as number) < timeUs) low = middle + 1;
    else high = middle;
  }
  return low;
}
