/**
 * The expected metrics: what the seeded schedule does to this stream, computed exactly over the whole sequence.
 *
 * It imports neither the receiver's metrics nor the impairment engine, so a bug in either shows as a difference. It
 * keeps the whole sequence in memory.
 */
import { lossPattern, quotient } from './expectedLoss.ts';
import { orderPattern, reorderDensity } from './expectedOrder.ts';
import { expectedTimes, untimedMetrics } from './expectedTimes.ts';
import { receiptOf } from './receipt.ts';
import type { Arrivals, ExpectedStream } from './expectedStream.ts';
import type { ExpectedMetrics } from './expectedValue.ts';

export interface Expected {
  readonly metrics: ExpectedMetrics;
  /** Displacement → datagrams, rising. */
  readonly reorderDensity: readonly (readonly [displacement: number, count: number])[];
}

/** Positions of the datagrams of which no intact copy arrived. */
const lostPositions = (copies: Uint32Array): Uint32Array => {
  let lost = 0;
  for (const seen of copies) if (seen === 0) lost += 1;
  const positions = new Uint32Array(lost);
  let place = 0;
  for (let k = 0; k < copies.length; k += 1) {
    if (copies[k] !== 0) continue;
    positions[place] = k;
    place += 1;
  }
  return positions;
};

/** Datagrams that arrived, and the one before them too. */
function pairsOf(copies: Uint32Array): number {
  let pairs = 0;
  for (let k = 1; k < copies.length; k += 1) if (copies[k] !== 0 && copies[k - 1] !== 0) pairs += 1;
  return pairs;
}

/**
 * Every metric of a receiver that sees these arrivals and is told where the stream ends.
 *
 * A mean or ratio over nothing has no value. Corrupted arrivals count in `corrupted` only. `malformed` is 0: a datagram
 * that the schedule corrupts fails its check.
 *
 * @param timed whether `arrivals.timesNs` are the times that the receiver sees, as on the virtual clock; if not,
 *   time metrics are unknown, except those that have no value whatever the times are
 */
export function expectedMetrics(stream: ExpectedStream, arrivals: Arrivals, timed: boolean): Expected {
  const size = stream.lastCount - stream.firstCount + 1;
  const receipt = receiptOf(stream, arrivals);
  const rows = receipt.firstRows;
  const counts = rows.map((row) => arrivals.counts[row] as number);
  const loss = lossPattern(lostPositions(receipt.copies), size);
  const timesNs = new Float64Array(rows.length);
  for (let place = 0; place < rows.length; place += 1) {
    timesNs[place] = arrivals.timesNs[rows[place] as number] as number;
  }
  const { reorder_late_offset_max_us, ...order } = orderPattern(counts, timesNs);
  let replicated = 0;
  for (const seen of receipt.copies) if (seen > 1) replicated += 1;

  const known = {
    sent: size,
    received: receipt.received,
    unique: counts.length,
    ...loss,
    loss_ratio: quotient(loss.lost, size),
    duplicates: receipt.received - counts.length,
    replicated,
    ...order,
    ipdv_pairs: pairsOf(receipt.copies),
    corrupted: receipt.corrupted,
    malformed: 0,
    ...(timed ? { reorder_late_offset_max_us } : {}),
  };
  return {
    metrics: {
      ...Object.fromEntries(
        Object.entries(known).map(([name, value]) => [name, { value, low: null, high: null }]),
      ),
      ...(timed ? expectedTimes(stream, arrivals, receipt) : untimedMetrics(known)),
    },
    reorderDensity: reorderDensity(counts),
  };
}
