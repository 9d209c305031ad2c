/**
 * Stream datagrams: one JSON object each, `message` and its `count` first, no white space, UTF-8.
 *
 * It has the plain encoder and the full decoder, and exports everything else about stream datagrams. Decoding never
 * throws.
 */
import { refused } from '../base/errors.ts';
import type { Decoded } from '../base/errors.ts';
import { MAX_DATAGRAM_BYTES } from '../net/batch.ts';
import { UNCHECKED } from './check.ts';
import { crc32 } from './crc32.ts';
import { readCount } from './head.ts';
import { Fields, Findings, parseJsonObject } from './json.ts';
import { assertContent, assertPlace, LIMITS, wirePlayer } from './message.ts';
import type { StreamMessage, WirePlayer } from './message.ts';

export { verifyCheck } from './check.ts';
export { readCount } from './head.ts';
export type { StreamContent, StreamMessage, WirePlayer } from './message.ts';
export {
  prepareStreamTemplate,
  prepareStreamTemplates,
  templateLength,
  templateMaxLength,
  writeStreamDatagram,
} from './template.ts';
export type { StreamTemplate } from './template.ts';

const utf8 = new TextEncoder();

/**
 * Encodes one message by itself.
 *
 * @param options `datagramSizeBytes`: pad with trailing spaces to this size; default no padding. `check`: carry
 *   `message.check`; default false
 * @throws Error when the message is outside LIMITS, larger than that size, or too large for UDP
 */
export function encodeStreamMessage(
  message: StreamMessage,
  options: { readonly datagramSizeBytes?: number; readonly check?: boolean } = {},
): Uint8Array {
  assertContent(message);
  assertPlace(message.count, message.atUs);
  if (options.check !== true) return layOut(message, options.datagramSizeBytes, null);
  const unchecked = layOut(message, options.datagramSizeBytes, UNCHECKED);
  const check = crc32(unchecked, 0, unchecked.length).toString(16).padStart(8, '0');
  return layOut(message, options.datagramSizeBytes, check);
}

function layOut(
  message: StreamMessage,
  datagramSizeBytes: number | undefined,
  check: string | null,
): Uint8Array {
  const { count, score, content, type, minute, atUs } = message;
  const bytes = utf8.encode(
    JSON.stringify({
      message: { count, score, content, type, minute, atUs, ...(check !== null && { check }) },
      timeA: message.teamA.map(wirePlayer),
      timeB: message.teamB.map(wirePlayer),
      goleiroA: wirePlayer(message.goalkeeperA),
      goleiroB: wirePlayer(message.goalkeeperB),
    }),
  );
  const sizeBytes = datagramSizeBytes ?? bytes.length;
  if (bytes.length > sizeBytes || sizeBytes > MAX_DATAGRAM_BYTES) {
    throw new Error(`a datagram of ${bytes.length} bytes does not fit in ${sizeBytes}`);
  }
  const padded = new Uint8Array(sizeBytes).fill(0x20);
  padded.set(bytes);
  return padded;
}

function readPlayer(fields: Fields): WirePlayer {
  return {
    name: fields.text('nome', LIMITS.nameChars),
    goalMinutes: fields.has('gols') ? fields.integers('gols', LIMITS.goals, 0, LIMITS.minute) : [],
    yellowMinute: fields.has('amarelo') ? fields.integer('amarelo', 0, LIMITS.minute) : null,
    redMinute: fields.has('vermelho') ? fields.integer('vermelho', 0, LIMITS.minute) : null,
  };
}

/**
 * Decodes one datagram: at most 65,507 bytes of UTF-8, a JSON object, every field within LIMITS, counts from 1. Unknown
 * keys are tolerated. `check` is not verified here: `verifyCheck` does that on the bytes. Never throws.
 */
export function decodeStreamMessage(bytes: Uint8Array): Decoded<StreamMessage> {
  const parsed = parseJsonObject(bytes, MAX_DATAGRAM_BYTES);
  if (!parsed.ok) return parsed;
  const findings = new Findings();
  const datagram = new Fields(parsed.value, '', findings);
  const message = datagram.fields('message');
  const count = message.integer('count', 1, Number.MAX_SAFE_INTEGER);
  const result = findings.settle<StreamMessage>({
    count,
    score: message.text('score', LIMITS.scoreChars),
    content: message.text('content', LIMITS.contentChars),
    type: message.integer('type', 0, LIMITS.type),
    minute: message.integer('minute', 0, LIMITS.minute),
    atUs: message.integer('atUs', 0, Number.MAX_SAFE_INTEGER),
    teamA: datagram.objects('timeA', LIMITS.players).map(readPlayer),
    teamB: datagram.objects('timeB', LIMITS.players).map(readPlayer),
    goalkeeperA: readPlayer(datagram.fields('goleiroA')),
    goalkeeperB: readPlayer(datagram.fields('goleiroB')),
  });
  // With a repeated key JSON takes the last value, which may differ from the one in the head.
  const headCount = readCount(bytes, 0, bytes.length);
  if (result.ok && headCount >= 0 && headCount !== count) {
    return refused(`message.count: is ${headCount} at first and ${count} later`);
  }
  return result;
}
