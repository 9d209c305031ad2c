/**
 * Fast encoding of stream datagrams: everything but count, media time and check is encoded once; each datagram is then
 * a few copies into a buffer and some digits.
 *
 * Writing allocates nothing and gives the same bytes as `encodeStreamMessage`.
 */
import { MAX_DATAGRAM_BYTES } from '../net/batch.ts';
import { CHECK_KEY, sealCheck, UNCHECKED } from './check.ts';
import { countDigits, MAX_DIGITS, writeDecimal } from './digits.ts';
import { HEAD } from './head.ts';
import { assertEvent, assertLineups, assertPlace, wirePlayer } from './message.ts';
import type { StreamContent, WirePlayer } from './message.ts';

const SPACE = 0x20;
const LINE_END = 0x0a;
const utf8 = new TextEncoder();
const HEAD_BYTES = utf8.encode(HEAD);

/** A stream message without its place in the stream, encoded. */
export interface StreamTemplate {
  /** The bytes between the count and the media time. */
  readonly middle: Uint8Array;
  /** The bytes after the media time; begins with the check if there is one. */
  readonly tail: Uint8Array;
  readonly isChecked: boolean;
}

/**
 * Encodes the common bytes of all datagrams of one event.
 * @param isChecked whether they carry `message.check`
 * @throws Error when the content is outside LIMITS
 */
export function prepareStreamTemplate(content: StreamContent, isChecked = false): StreamTemplate {
  return prepareStreamTemplates([content], isChecked)[0] as StreamTemplate;
}

/**
 * The same for the events of a match, in order. Line-ups are nine tenths of the bytes and rarely change: line-ups and
 * players that are the same objects as in the event before are encoded once.
 * @throws Error when a content is outside LIMITS
 */
export function prepareStreamTemplates(
  contents: readonly StreamContent[],
  isChecked = false,
): StreamTemplate[] {
  const lineups = new LineupTexts(`${isChecked ? `${CHECK_KEY}${UNCHECKED}"` : ''}}`);
  const placeOfTail = contents.map((content) => {
    assertEvent(content);
    return lineups.placeOf(content);
  });
  const middles = encodeAll(contents.map(middleText));
  const tails = encodeAll(lineups.texts);
  return middles.map((middle, k) => ({
    middle,
    tail: tails[placeOfTail[k] as number] as Uint8Array,
    isChecked,
  }));
}

const middleText = ({ score, content, type, minute }: StreamContent): string =>
  `,"score":${JSON.stringify(score)},"content":${JSON.stringify(content)}` +
  `,"type":${type},"minute":${minute},"atUs":`;

/**
 * Encodes many texts in one call, which is faster. They are joined by line feeds, which these JSON texts never contain.
 */
function encodeAll(texts: readonly string[]): Uint8Array[] {
  const bytes = utf8.encode(texts.join('\n'));
  let from = 0;
  return texts.map(() => {
    const end = bytes.indexOf(LINE_END, from);
    const text = bytes.subarray(from, end < 0 ? bytes.length : end);
    from = end + 1;
    return text;
  });
}

/** The distinct tails of one match's datagrams. Objects are compared by identity, so it must not outlive the call. */
class LineupTexts {
  readonly texts: string[] = [];
  readonly #start: string;
  readonly #players = new Map<WirePlayer, string>();
  #before: StreamContent | null = null;

  /** @param start the text before the line-ups */
  constructor(start: string) {
    this.#start = start;
  }

  /** The index in `texts` of this content's tail; contents must come in order. */
  placeOf(content: StreamContent): number {
    const before = this.#before;
    const { teamA, teamB, goalkeeperA, goalkeeperB } = content;
    if (
      before?.teamA !== teamA ||
      before.teamB !== teamB ||
      before.goalkeeperA !== goalkeeperA ||
      before.goalkeeperB !== goalkeeperB
    ) {
      assertLineups(content);
      this.#before = content;
      this.texts.push(
        `${this.#start},"timeA":${this.#team(teamA)},"timeB":${this.#team(teamB)}` +
          `,"goleiroA":${this.#player(goalkeeperA)},"goleiroB":${this.#player(goalkeeperB)}}`,
      );
    }
    return this.texts.length - 1;
  }

  #team(players: readonly WirePlayer[]): string {
    return `[${players.map((player) => this.#player(player)).join(',')}]`;
  }

  #player(player: WirePlayer): string {
    let text = this.#players.get(player);
    if (text === undefined) {
      text = JSON.stringify(wirePlayer(player));
      this.#players.set(player, text);
    }
    return text;
  }
}

/** Bytes of a datagram without its two numbers and its padding. */
const fixedBytes = ({ middle, tail }: StreamTemplate): number =>
  HEAD_BYTES.length + middle.length + tail.length;

/** Length of the datagram with this count and media time, bytes, without padding. */
export function templateLength(template: StreamTemplate, count: number, atUs: number): number {
  return fixedBytes(template) + countDigits(count) + countDigits(atUs);
}

/** Length of the longest datagram the template can give, bytes: the largest count and media time. */
export function templateMaxLength(template: StreamTemplate): number {
  return fixedBytes(template) + 2 * MAX_DIGITS;
}

/**
 * Writes one datagram into a buffer.
 *
 * @param count sequence number, a safe integer, 1 or more
 * @param atUs media time, whole microseconds, a safe integer, 0 or more
 * @param at its offset in `into`
 * @param datagramSizeBytes it is padded with spaces to this size; 0 for no padding
 * @returns its length, bytes
 * @throws Error, with nothing written, when it is larger than that size or too large for UDP, when `into` has no room,
 *   or when count or atUs is out of range
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
