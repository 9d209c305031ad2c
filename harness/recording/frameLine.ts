/**
 * Frame lines, encoded and decoded: `{"n":1,"t":0,"d":"text"}`.
 *
 * The two hot functions, `writeFrame` and `readFrame`, work on bytes in place and allocate nothing for a plain frame. A
 * line that is valid but written differently than by this module (spaces, another key order, unknown keys) is read by
 * the slow path through `readMembers`; only the slow path decides whether a line is valid.
 */
import { isUtf8 } from 'node:buffer';
import { MAX_DATAGRAM_BYTES } from '../../src/net/batch.ts';
import { decodeBase64 } from './base64.ts';
import { decoded, refused } from '../../src/base/errors.ts';
import type { Decoded } from '../../src/base/errors.ts';
import {
  EXTRA_LIMIT_BYTES,
  excerpt,
  extraProblem,
  FLOW_LIMIT,
  LINE_LIMIT_BYTES,
  readWholeNumber,
} from './format.ts';
import { readText, textBytes, writeText } from './textPayload.ts';
import { FrameBatch } from './frameBatch.ts';
import type { Direction, Frame } from './frameBatch.ts';
import { readMembers, writeMembers } from '../../src/base/jsonMembers.ts';

const FRAME_KEYS: ReadonlySet<string> = new Set(['n', 't', 'd', 'b', 'f', 'r']);

const N_START = Buffer.from('{"n":');
const T_START = Buffer.from(',"t":');
const D_START = Buffer.from(',"d":"');
const B_START = Buffer.from(',"b":"');
const F_START = Buffer.from(',"f":');
const UP = Buffer.from(',"r":"up"');

const QUOTE = 0x22;
const CLOSE = 0x7d;
function writeLiteral(target: Uint8Array, at: number, literal: Uint8Array): number {
  for (let k = 0; k < literal.length; k += 1) target[at + k] = literal[k] as number;
  return at + literal.length;
}

function writeWholeNumber(target: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let bound = 10; bound <= value; bound *= 10) digits += 1;
  let rest = value;
  for (let k = at + digits - 1; k >= at; k -= 1) {
    const tenth = Math.floor(rest / 10);
    target[k] = 0x30 + (rest - tenth * 10);
    rest = tenth;
  }
  return at + digits;
}

/** Checks what a caller wants to write as a frame: undefined if valid, else the reason. */
export function frameProblem(
  n: number,
  timeNs: number,
  lengthBytes: number,
  flow: number,
  extra: string,
): string | undefined {
  if (!(Number.isSafeInteger(n) && n >= 1)) return `expected a frame number of 1 or more, got ${n}`;
  if (!(Number.isSafeInteger(timeNs) && timeNs >= 0))
    return `expected a time in whole nanoseconds, got ${timeNs}`;
  if (!(Number.isSafeInteger(flow) && flow >= 1 && flow <= FLOW_LIMIT)) {
    return `expected a flow from 1 to ${FLOW_LIMIT}, got ${flow}`;
  }
  if (lengthBytes > MAX_DATAGRAM_BYTES) {
    return `expected a payload of at most ${MAX_DATAGRAM_BYTES} bytes, got ${lengthBytes}`;
  }
  return extra === '' ? undefined : extraProblem(extra, FRAME_KEYS);
}

/**
 * Writes one frame's line, its line end included, at `at`; returns its end. The caller has checked the values and made
 * room for `LINE_LIMIT_BYTES`. The payload is `lengthBytes` bytes of `source` from `start`, at most 65,507.
 */
export function writeFrame(
  target: Buffer,
  at: number,
  n: number,
  timeNs: number,
  source: Uint8Array,
  start: number,
  lengthBytes: number,
  flow: number,
  direction: Direction,
  extra: string,
): number {
  let to = writeWholeNumber(target, writeLiteral(target, at, N_START), n);
  to = writeWholeNumber(target, writeLiteral(target, to, T_START), timeNs);
  const payloadAt = to;
  to = writeLiteral(target, to, D_START);
  to = writeText(target, to, source, start, start + lengthBytes);
  if (to < 0) {
    // Bytes that are not UTF-8 cannot be restored from text, and text of escapes is long: write them again, as base64.
    const payload = Buffer.from(source.buffer, source.byteOffset + start, lengthBytes);
    to = writeLiteral(target, payloadAt, B_START);
    to += target.write(payload.toString('base64'), to, 'latin1');
  }
  target[to++] = QUOTE;
  if (flow !== 1) to = writeWholeNumber(target, writeLiteral(target, to, F_START), flow);
  if (direction === 'up') to = writeLiteral(target, to, UP);
  if (extra !== '') {
    target[to++] = 0x2c;
    to += target.write(extra, to, 'utf8');
  }
  target[to++] = CLOSE;
  target[to++] = 0x0a;
  return to;
}

/**
 * Reads the line `bytes[start .. end - 1]`, given without its line end, into the batch. Returns undefined on success,
 * else the reason, with the batch unchanged. The caller has made sure that the batch fits `end - start` bytes.
 */
export function readFrame(batch: FrameBatch, bytes: Buffer, start: number, end: number): string | undefined {
  if (readPlainFrame(batch, bytes, start, end)) return undefined;
  return readAnyFrame(batch, bytes.subarray(start, end));
}

function matches(bytes: Uint8Array, at: number, literal: Uint8Array): boolean {
  for (let k = 0; k < literal.length; k += 1) if (bytes[at + k] !== literal[k]) return false;
  return true;
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at += 1;
  return at;
}

/** The number that the digits spell, up to 15 and without a leading zero; -1 for the slow path. */
function digitsValue(bytes: Uint8Array, from: number, to: number): number {
  if (to === from || to - from > 15 || (bytes[from] === 0x30 && to - from > 1)) return -1;
  let value = 0;
  for (let k = from; k < to; k += 1) value = value * 10 + ((bytes[k] as number) - 0x30);
  return value;
}

/**
 * The fast path, for a line as `writeFrame` writes it. Returns false, with nothing changed, for any other line. A quote
 * of the next line cannot be mistaken for this one's: the line end between them stops the loop.
 */
function readPlainFrame(batch: FrameBatch, bytes: Buffer, start: number, end: number): boolean {
  if (!matches(bytes, start, N_START)) return false;
  const nAt = start + N_START.length;
  const nEnd = digitsEnd(bytes, nAt);
  const n = digitsValue(bytes, nAt, nEnd);
  if (n < 0 || !matches(bytes, nEnd, T_START)) return false;
  const tAt = nEnd + T_START.length;
  const tEnd = digitsEnd(bytes, tAt);
  const timeNs = digitsValue(bytes, tAt, tEnd);
  if (timeNs < 0) return false;
  const from = tEnd + D_START.length;
  let at: number;
  let lengthBytes: number;
  if (matches(bytes, tEnd, D_START)) {
    at = readText(bytes, from, end, batch.bytes, batch.usedBytes);
    lengthBytes = textBytes;
  } else if (matches(bytes, tEnd, B_START)) {
    at = bytes.indexOf(QUOTE, from);
    if (at < 0 || at >= end) return false;
    lengthBytes = decodeBase64(bytes, from, at, batch.bytes, batch.usedBytes);
  } else return false;
  if (at < 0 || lengthBytes < 0) return false;
  at += 1;
  let flow = 1;
  if (matches(bytes, at, F_START)) {
    const flowAt = at + F_START.length;
    at = digitsEnd(bytes, flowAt);
    flow = digitsValue(bytes, flowAt, at);
    if (flow < 1 || flow > FLOW_LIMIT) return false;
  }
  let direction: Direction = 'down';
  if (matches(bytes, at, UP)) {
    direction = 'up';
    at += UP.length;
  }
  if (bytes[at] !== CLOSE || at + 1 !== end || lengthBytes > MAX_DATAGRAM_BYTES || n < 1) return false;
  batch.commit(n, timeNs, lengthBytes, flow, direction, '');
  return true;
}

/** The slow path, for any spelling, and the only place that says what is wrong with a line. */
function readAnyFrame(batch: FrameBatch, line: Uint8Array): string | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString('utf8');
  const members = isUtf8(line) ? readMembers(text) : undefined;
  if (members === undefined) {
    return `expected a frame {"n":…,"t":…,"d":"…"}, got ${excerpt(text)}`;
  }
  const known = new Map<string, string>();
  for (const { key, json } of members) {
    if (!FRAME_KEYS.has(key)) continue;
    if (known.has(key)) return `expected "${key}" once, got it twice`;
    known.set(key, json);
  }
  const n = readWholeNumber(known.get('n') ?? '');
  if (!(n >= 1))
    return `expected "n" as a whole number of 1 or more, got ${excerpt(known.get('n') ?? 'none')}`;
  const timeNs = readWholeNumber(known.get('t') ?? '');
  if (Number.isNaN(timeNs)) {
    return `expected "t" as a whole number of nanoseconds, got ${excerpt(known.get('t') ?? 'none')}`;
  }
  const flow = readWholeNumber(known.get('f') ?? '1');
  if (!(flow >= 1 && flow <= FLOW_LIMIT)) {
    return `expected "f" as a whole number from 1 to ${FLOW_LIMIT}, got ${excerpt(known.get('f') as string)}`;
  }
  const direction: unknown = JSON.parse(known.get('r') ?? '"down"');
  if (direction !== 'down' && direction !== 'up') {
    return `expected "r" as "down" or "up", got ${excerpt(known.get('r') as string)}`;
  }
  const extra = writeMembers(members.filter(({ key }) => !FRAME_KEYS.has(key)));
  if (Buffer.byteLength(extra) > EXTRA_LIMIT_BYTES) {
    return `expected unknown members of at most ${EXTRA_LIMIT_BYTES} bytes, got ${Buffer.byteLength(extra)}`;
  }
  const d = known.get('d');
  const b = known.get('b');
  if ((d === undefined) === (b === undefined)) {
    return `expected "d" or "b", got ${d === undefined ? 'neither' : 'both'}`;
  }
  const payload: unknown = JSON.parse((d ?? b) as string);
  if (typeof payload !== 'string') {
    return `expected "${d === undefined ? 'b' : 'd'}" as a text, got ${excerpt((d ?? b) as string)}`;
  }
  let lengthBytes: number;
  if (d === undefined) {
    const base64 = Buffer.from(payload);
    lengthBytes = decodeBase64(base64, 0, base64.length, batch.bytes, batch.usedBytes);
    if (lengthBytes < 0) return `expected "b" as padded base64, got ${excerpt(payload)}`;
  } else {
    if (/\p{Surrogate}/u.test(payload)) return 'expected "d" as whole characters, got half a surrogate pair';
    lengthBytes = batch.bytes.write(payload, batch.usedBytes, 'utf8');
  }
  if (lengthBytes > MAX_DATAGRAM_BYTES) {
    return `expected a payload of at most ${MAX_DATAGRAM_BYTES} bytes, got ${lengthBytes}`;
  }
  batch.commit(n, timeNs, lengthBytes, flow, direction, extra);
  return undefined;
}

/** One frame's line, its line end included; for a recording, use `RecordingWriter`. Throws if the frame breaks the format. */
export function encodeFrame(frame: Frame): Uint8Array {
  const { n, timeNs, payload, flow, direction, extra = '' } = frame;
  const problem = frameProblem(n, timeNs, payload.length, flow, extra);
  if (problem !== undefined) throw new Error(`frame ${n}: ${problem}`);
  const line = Buffer.allocUnsafe(LINE_LIMIT_BYTES);
  return new Uint8Array(
    line.subarray(0, writeFrame(line, 0, n, timeNs, payload, 0, payload.length, flow, direction, extra)),
  );
}

/** The frame in a line given without its line end; its number and time are not checked against other frames. */
export function decodeFrame(line: Uint8Array): Decoded<Frame> {
  if (line.length >= LINE_LIMIT_BYTES) {
    return refused(`expected a line of at most ${LINE_LIMIT_BYTES} bytes, got a longer one`);
  }
  const batch = new FrameBatch(1, line.length);
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.length);
  const reason = readFrame(batch, bytes, 0, line.length);
  return reason === undefined ? decoded(batch.frame(0)) : refused(reason);
}
