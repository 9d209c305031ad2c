/**
 * The arrivals file: one CSV line per stream datagram that reached a client, so that every metric can be recomputed. A
 * corrupted datagram has no count, because its content cannot be trusted.
 *
 * The lines are made without a library, because there is one per datagram and no cell needs quoting.
 */
import type { DatagramBatch } from '../../src/net/batch.ts';

export const ARRIVALS_HEADER = 'client,arrival_ns,count,bytes\n';

/** One line: the arrival in whole nanoseconds since the run's epoch. */
export function arrivalLine(client: number, count: number | null, batch: DatagramBatch, row: number): string {
  return `${client},${Math.round(batch.timesNs[row] as number)},${count ?? ''},${batch.lengths[row]}\n`;
}
