/**
 * The wire format for users of the library: src/protocol with checks of the arguments.
 *
 * The service itself calls src/protocol, without the cost of these checks for each datagram.
 */
import * as check from '../base/arguments.ts';
import { UsageError } from '../base/errors.ts';
import type { Decoded } from '../base/errors.ts';
import * as stream from './stream.ts';
import type { StreamMessage } from './stream.ts';

function checkRange(call: string, bytes: Uint8Array, offset: number, lengthBytes: number): void {
  check.bytes(bytes, `${call}: bytes`);
  check.whole(0, bytes.length)(offset, `${call}: offset`);
  check.whole(0, bytes.length - offset)(lengthBytes, `${call}: lengthBytes`);
}

/**
 * The count in the head of a stream datagram; −1 for any other head.
 * @throws UsageError for a range that is not within the bytes
 */
export function readCount(bytes: Uint8Array, offset: number, lengthBytes: number): number {
  checkRange('readCount', bytes, offset, lengthBytes);
  return stream.readCount(bytes, offset, lengthBytes);
}

/** Whether a datagram's check matches its bytes. @throws UsageError for a range outside the bytes */
export function verifyCheck(
  bytes: Uint8Array,
  offset: number,
  lengthBytes: number,
): 'good' | 'bad' | 'absent' {
  checkRange('verifyCheck', bytes, offset, lengthBytes);
  return stream.verifyCheck(bytes, offset, lengthBytes);
}

/** Decodes one datagram; invalid bytes give a refusal, not an exception. @throws UsageError for anything but bytes */
export function decodeStreamMessage(bytes: Uint8Array): Decoded<StreamMessage> {
  check.bytes(bytes, 'decodeStreamMessage: bytes');
  return stream.decodeStreamMessage(bytes);
}

const player = check.having({ name: check.text, goalMinutes: check.listOf(0, 'minutes', check.whole(0)) });
const players = check.listOf(0, 'players', player);
const MESSAGE = check.having({
  count: check.whole(1),
  score: check.text,
  content: check.text,
  type: check.whole(0),
  minute: check.whole(0),
  atUs: check.whole(0),
  teamA: players,
  teamB: players,
  goalkeeperA: player,
  goalkeeperB: player,
} satisfies check.Checks<StreamMessage>);
const OPTIONS = check.shape({
  datagramSizeBytes: check.optional(check.whole(1, 65_507)),
  check: check.optional(check.flag),
});

/**
 * Encodes one message by itself.
 * @param options `datagramSizeBytes`: pad with trailing spaces to this size; default no padding. `check`: carry
 *   `message.check`; default false
 * @throws UsageError when the message is outside the protocol's limits, larger than that size, or too large for UDP
 */
export function encodeStreamMessage(
  message: StreamMessage,
  options: { readonly datagramSizeBytes?: number; readonly check?: boolean } = {},
): Uint8Array {
  MESSAGE(message, 'encodeStreamMessage');
  OPTIONS(options, 'encodeStreamMessage');
  try {
    return stream.encodeStreamMessage(message, options);
  } catch (cause) {
    throw new UsageError('value-range', 'encodeStreamMessage', (cause as Error).message, { cause });
  }
}
