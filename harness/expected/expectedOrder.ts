/**
 * Reordering over the whole sequence of first arrivals: RFC 4737's ratio, extent, late-time offset and
 * n-reordering; RFC 5236's reorder density.
 *
 * Positions are positions among first arrivals.
 */
import { quotient } from './expectedLoss.ts';

interface OrderPattern {
  readonly reordered: number;
  readonly reordered_ratio: number | null;
  readonly reorder_extent_max: number;
  readonly reorder_extent_mean: number | null;
  readonly reorder_late_offset_max_us: number | null;
  readonly n_reordering_1: number;
  readonly n_reordering_2: number;
  readonly n_reordering_3: number;
}

/**
 * The extent of each position: 0 if in order, else the distance back to the earliest arrival with a greater count.
 * That arrival is a running maximum of the sequence; running maxima rise, so a binary search finds it.
 */
function extentsOf(counts: Uint32Array): Uint32Array {
  const extents = new Uint32Array(counts.length);
  const records = new Uint32Array(counts.length);
  let recorded = 0;
  let greatest = -1;
  for (let place = 0; place < counts.length; place += 1) {
    const count = counts[place] as number;
    if (count > greatest) {
      greatest = count;
      records[recorded] = place;
      recorded += 1;
      continue;
    }
    let low = 0;
    let high = recorded - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((counts[records[middle] as number] as number) > count) high = middle;
      else low = middle + 1;
    }
    extents[place] = place - (records[low] as number);
  }
  return extents;
}

/**
 * @param counts counts of the first arrivals, in order of arrival
 * @param timesNs when each arrived, nanoseconds
 */
export function orderPattern(counts: Uint32Array, timesNs: Float64Array): OrderPattern {
  let reordered = 0;
  let extentMax = 0;
  let extentSum = 0;
  let lateOffsetNs = 0;
  const nReordered = [0, 0, 0];
  const extents = extentsOf(counts);
  for (let place = 0; place < counts.length; place += 1) {
    const extent = extents[place] as number;
    if (extent === 0) continue;
    reordered += 1;
    extentMax = Math.max(extentMax, extent);
    extentSum += extent;
    lateOffsetNs = Math.max(lateOffsetNs, (timesNs[place] as number) - (timesNs[place - extent] as number));
    for (let n = 1; n <= 3; n += 1) {
      if (place < n || (counts[place - n] as number) < (counts[place] as number)) break;
      nReordered[n - 1] = (nReordered[n - 1] as number) + 1;
    }
  }
  const [one, two, three] = nReordered as [number, number, number];
  return {
    reordered,
    reordered_ratio: quotient(reordered, counts.length),
    reorder_extent_max: extentMax,
    reorder_extent_mean: quotient(extentSum, reordered),
    reorder_late_offset_max_us: reordered === 0 ? null : lateOffsetNs / 1e3,
    n_reordering_1: one,
    n_reordering_2: two,
    n_reordering_3: three,
  };
}

/**
 * Displacement → number of datagrams with it, by rising displacement; negative is early.
 *
 * D = receive index - sequence. Receive indices go to first arrivals in order and skip the lost counts, so the
 * n-th arrival has the n-th smallest count that arrived (RFC 5236). Without RFC 5236's displacement threshold.
 */
export function reorderDensity(counts: Uint32Array): readonly (readonly [number, number])[] {
  const density = new Map<number, number>();
  const receiveIndices = counts.toSorted();
  for (let place = 0; place < counts.length; place += 1) {
    const displacement = (receiveIndices[place] as number) - (counts[place] as number);
    density.set(displacement, (density.get(displacement) ?? 0) + 1);
  }
  return [...density].toSorted(([a], [b]) => a - b);
}
