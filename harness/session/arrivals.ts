/**
 * The arrivals file: one CSV line a datagram of the stream that reached a client, so that anyone can recompute every
 * figure. A corrupted one has no count: what it says cannot be trusted.
 *
 * The lines are made here, without a library, because there is one a datagram and none of its cells needs quoting;
 * writing is the edge's.
 */
import type { DatagramBatch } from '../../src/net/batch.ts';

export const ARRIVALS_HEADER = 'client,arrival_ns,count,bytes\n';

/** One line: the arrival in whole nanoseconds since the run's epoch. */
export function arrivalLine(client: number, count: number | null, batch: DatagramBatch, row: number): string {
  return `${client},${Math.round(batch.timesNs[row] as number)},${count ?? ''},${batch.lengths[row]}\n`;
}
