/**
 * A batch of ours as the original clients read it.
 *
 * Pure. Nothing is kept ready: original clients are rare.
 */
import { ORIGINAL_MAX_BYTES, encodeOriginalMessage } from '../protocol/original.ts';
import { decodeStreamMessage } from '../protocol/stream.ts';
import { DatagramBatch } from '../net/batch.ts';

/** A batch with room for so many original datagrams, however long. */
export const originalBatch = (datagrams: number): DatagramBatch =>
  new DatagramBatch(datagrams, datagrams * ORIGINAL_MAX_BYTES);

/** Fills `into` with the same messages. What is no message of ours, as in a recording of anything, is left out. */
export function encodeOriginals(from: DatagramBatch, into: DatagramBatch): void {
  into.clear();
  for (let row = 0; row < from.count; row += 1) {
    const message = decodeStreamMessage(from.payload(row));
    if (!message.ok) continue;
    const bytes = encodeOriginalMessage(message.value);
    into.append(bytes, 0, bytes.length, from.timesNs[row] as number);
  }
}
