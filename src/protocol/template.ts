/**
 * The fast way to write stream datagrams: everything but count, media time and check is encoded once, and
 * each datagram is then a few copies into an arena and some digits.
 *
 * Pure. Writing allocates nothing and gives the very bytes `encodeStreamMessage` gives.
 */
import { MAX_DATAGRAM_BYTES } from '../stream/batch.ts';
import { CHECK_KEY, sealCheck, UNCHECKED } from './check.ts';
import { countDigits, MAX_DIGITS, writeDecimal } from './digits.ts';
import { HEAD } from './head.ts';
import { assertContent, assertPlace, wirePlayer } from './message.ts';
import type { StreamContent } from './message.ts';

const SPACE = 0x20;
const utf8 = new TextEncoder();
const HEAD_BYTES = utf8.encode(HEAD);

/** A stream message without its place in the stream, encoded. */
export interface StreamTemplate {
  /** Between the count and the media time. */
  readonly middle: Uint8Array;
  /** After the media time; begins with the check where there is one. */
  readonly tail: Uint8Array;
  readonly isChecked: boolean;
}

/**
 * Encodes what all datagrams of one event have in common.
 *
 * @param options `check`: whether datagrams carry `message.check`; default false
 * @throws Error when the content is outside LIMITS
 */
export function prepareStreamTemplate(
  content: StreamContent,
  options: { readonly check?: boolean } = {},
): StreamTemplate {
  assertContent(content);
  const isChecked = options.check === true;
  const text = JSON.stringify;
  const middle =
    `,"score":${text(content.score)},"content":${text(content.content)}` +
    `,"type":${content.type},"minute":${content.minute},"atUs":`;
  const tail =
    `${isChecked ? `${CHECK_KEY}${UNCHECKED}"` : ''}}` +
    `,"timeA":${text(content.teamA.map(wirePlayer))},"timeB":${text(content.teamB.map(wirePlayer))}` +
    `,"goleiroA":${text(wirePlayer(content.goalkeeperA))},"goleiroB":${text(wirePlayer(content.goalkeeperB))}}`;
  return { middle: utf8.encode(middle), tail: utf8.encode(tail), isChecked };
}

/** Bytes of a datagram without its two numbers and its padding. */
const fixedBytes = ({ middle, tail }: StreamTemplate): number =>
  HEAD_BYTES.length + middle.length + tail.length;

/** Length of the datagram with this place in the stream, bytes, before any padding. */
export function templateLength(template: StreamTemplate, count: number, atUs: number): number {
  return fixedBytes(template) + countDigits(count) + countDigits(atUs);
}

/** Length of the longest datagram the template can give, bytes: the largest count and media time. */
export function templateMaxLength(template: StreamTemplate): number {
  return fixedBytes(template) + 2 * MAX_DIGITS;
}

/**
 * Writes one datagram into an arena.
 *
 * @param count sequence number, a safe integer, 1 or more
 * @param atUs media time, whole microseconds, a safe integer, 0 or more
 * @param at where in `into` it starts
 * @param datagramSizeBytes it is padded with spaces to this size; 0 for no padding
 * @returns its length, bytes
 * @throws Error, with nothing written, when it is larger than that size or than UDP carries, when the arena
 *   has no room, or when count or atUs is out of range
 */
export function writeStreamDatagram(
  template: StreamTemplate,
  count: number,
  atUs: number,
  into: Uint8Array,
  at: number,
  datagramSizeBytes: number,
): number {
  assertPlace(count, atUs);
  const { middle, tail } = template;
  const digitsOfCount = countDigits(count);
  const digitsOfAtUs = countDigits(atUs);
  const plainBytes = fixedBytes(template) + digitsOfCount + digitsOfAtUs;
  const lengthBytes = datagramSizeBytes === 0 ? plainBytes : datagramSizeBytes;
  if (plainBytes > lengthBytes || lengthBytes > MAX_DATAGRAM_BYTES || at + lengthBytes > into.length) {
    throw new Error(
      `a datagram of ${plainBytes} bytes does not fit: size ${lengthBytes}, room ${into.length - at}`,
    );
  }
  into.set(HEAD_BYTES, at);
  const middleAt = writeDecimal(count, digitsOfCount, into, at + HEAD_BYTES.length);
  into.set(middle, middleAt);
  const tailAt = writeDecimal(atUs, digitsOfAtUs, into, middleAt + middle.length);
  into.set(tail, tailAt);
  if (plainBytes < lengthBytes) into.fill(SPACE, at + plainBytes, at + lengthBytes);
  if (template.isChecked) sealCheck(into, at, lengthBytes, tailAt + CHECK_KEY.length);
  return lengthBytes;
}
