/**
 * Damages a datagram that is about to leave, as its fate says.
 */
import type { DatagramBatch } from '../../../src/net/batch.ts';
import { corruptedBit } from '../../impairment/fates.ts';

/** Flips the scheduled bit of a batch's last datagram; false if there is none. @param corrupt the schedule's value, −1 for none */
export function flipBit(batch: DatagramBatch, corrupt: number): boolean {
  const row = batch.count - 1;
  const bit = corruptedBit(corrupt, batch.lengths[row] as number);
  if (bit < 0) return false;
  const at = (batch.offsets[row] as number) + (bit >> 3);
  batch.bytes[at] = (batch.bytes[at] as number) ^ (1 << (bit & 7));
  return true;
}
