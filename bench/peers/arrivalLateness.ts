/**
 * Lateness of the datagrams of a paced stream, from their numbers and arrival times alone.
 *
 * The ideal schedule has the requested interval, and starts so that the earliest datagram relative to it has lateness
 * 0. So the sender's clock need not be known, and a sender that drifts is late by its drift.
 */
import { percentile } from '../../src/base/ranks.ts';

/** Times in nanoseconds. */
export interface StreamLateness {
  /** Number of different datagrams. */
  readonly unique: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  /** From the first arrival to the last. */
  readonly spanNs: number;
}

/**
 * @param records pairs of number and arrival time in nanoseconds, in order of arrival
 * @returns null without a datagram
 */
export function streamLateness(records: Float64Array, intervalNs: number): StreamLateness | null {
  const size = records.length >> 1;
  if (size === 0) return null;
  const offsets = new Float64Array(size);
  const seen = new Set<number>();
  let min = Number.POSITIVE_INFINITY;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < size; k += 1) {
    const number = records[2 * k] as number;
    const timeNs = records[2 * k + 1] as number;
    const offset = timeNs - number * intervalNs;
    seen.add(number);
    offsets[k] = offset;
    if (offset < min) min = offset;
    if (timeNs < first) first = timeNs;
    if (timeNs > last) last = timeNs;
  }
  for (let k = 0; k < size; k += 1) offsets[k] = (offsets[k] as number) - min;
  offsets.sort();
  return {
    unique: seen.size,
    p50Ns: percentile(offsets, 0.5) as number,
    p99Ns: percentile(offsets, 0.99) as number,
    spanNs: last - first,
  };
}
