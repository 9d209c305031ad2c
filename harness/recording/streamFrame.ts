/**
 * Checks that a frame is the next datagram of a stream of ours, at its planned time, as a replay assumes.
 *
 * An undamaged recording may contain anything else; if it were played, its faults would be blamed on the network.
 */
import { decodeStreamMessage, readCount, verifyCheck } from '../../src/protocol/stream.ts';
import { excerptBytes } from './format.ts';
import type { RecordingHeader } from './format.ts';
import type { FrameBatch } from './frameBatch.ts';

/**
 * The first fault of a frame of the stream's flow, as what was expected and what was got; undefined if there is none.
 * @param place its position in the stream, from 1
 * @param whole read the complete message, not only its head: for a file without a valid hash
 */
export function streamFrameProblem(
  { check, intervalNs }: RecordingHeader,
  batch: FrameBatch,
  row: number,
  place: number,
  whole: boolean,
): string | undefined {
  const start = batch.offsets[row] as number;
  const lengthBytes = batch.lengths[row] as number;
  const payload = (): Uint8Array => batch.bytes.subarray(start, start + lengthBytes);
  const count = readCount(batch.bytes, start, lengthBytes);
  if (count < 0)
    return `expected a message of the stream with count ${place}, got ${excerptBytes(payload())}`;
  if (count !== place) return `expected count ${place}, as its place in the stream, got count ${count}`;
  if (check === true) {
    const verified = verifyCheck(batch.bytes, start, lengthBytes);
    if (verified !== 'good') {
      const got = verified === 'bad' ? 'a check that does not fit the datagram' : 'none';
      return `expected a valid check, as the header says, got ${got}`;
    }
  }
  const timeNs = batch.timesNs[row] as number;
  if (intervalNs !== null && timeNs !== (place - 1) * intervalNs) {
    return `expected "t" of ${(place - 1) * intervalNs}, by the header's interval of ${intervalNs}, got ${timeNs}`;
  }
  if (!whole) return undefined;
  const message = decodeStreamMessage(payload());
  return message.ok
    ? undefined
    : `expected a message of the stream, got one that cannot be read (${message.reason})`;
}
