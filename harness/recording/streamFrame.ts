/**
 * Whether a frame is the datagram that a replay takes it for: the next one of a stream of ours, when it is due.
 *
 * Pure. A recording can be whole and still hold something else; played all the same, what is wrong with it would be
 * blamed on the network.
 */
import { decodeStreamMessage, readCount, verifyCheck } from '../../src/protocol/stream.ts';
import { excerptBytes } from './format.ts';
import type { RecordingHeader } from './format.ts';
import type { FrameBatch } from './frameBatch.ts';

/**
 * The first thing wrong with a frame of the stream's flow, as what was expected and what was got; undefined where there
 * is nothing.
 * @param place its place in the stream, from 1
 * @param whole read all of the message, not only its head: for a file whose hash does not vouch for it
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
