/**
 * Converts a batch of stream datagrams to the format of the original clients.
 *
 * It is converted on demand: original clients are rare.
 */
import { ORIGINAL_MAX_BYTES, encodeOriginalMessage } from '../protocol/original.ts';
import { decodeStreamMessage } from '../protocol/stream.ts';
import { DatagramBatch } from '../net/batch.ts';

/** A batch with room for this many original datagrams of the largest size. */
export const originalBatch = (datagrams: number): DatagramBatch =>
  new DatagramBatch(datagrams, datagrams * ORIGINAL_MAX_BYTES);

/**
 * Fills `into` with the same messages. A payload that is no stream message, as in a recording of another program, is
 * left out.
 */
export function encodeOriginals(from: DatagramBatch, into: DatagramBatch): void {
  into.clear();
  for (let row = 0; row < from.count; row += 1) {
    const message = decodeStreamMessage(from.payload(row));
    if (!message.ok) continue;
    const bytes = encodeOriginalMessage(message.value);
    into.append(bytes, 0, bytes.length, from.timesNs[row] as number);
  }
}
