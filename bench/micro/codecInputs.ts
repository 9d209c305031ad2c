/**
 * The inputs of the codec benchmarks: the datagrams of one seeded match, and control datagrams of every kind.
 */
import { simulateMatch } from '../../src/match/simulate.ts';
import {
  decodeClientControl,
  decodeServerControl,
  encodeAlive,
  encodeAliveAnswer,
  encodeChallenge,
  encodeEnd,
  encodeRegister,
  encodeRegistered,
  encodeUnregister,
} from '../../src/protocol/control.ts';
import { decodeStreamMessage, encodeStreamMessage } from '../../src/protocol/stream.ts';
import type { StreamMessage } from '../../src/protocol/stream.ts';
import { streamContent } from '../../src/stream/matchSource.ts';

/** A datagram and its decoder. */
export interface DecodeInput {
  readonly bytes: Uint8Array;
  readonly decode: (bytes: Uint8Array) => { readonly ok: boolean };
}

/** Far enough into a stream for a count of usual length. */
export const FIRST_COUNT = 1_000_000;
/** Media time between two counts. */
export const INTERVAL_US = 100;
/** Size of checked datagrams, padding included. */
export const CHECKED_BYTES = 1200;

const NONCE = 'q1w2e3r4t5y6u7i8o9p0';
const TOKEN = 'Zm9vYmFyYmF6cXV4cXV1eA';

/** A match, from kick-off to full time. */
export function matchMessages(): StreamMessage[] {
  const { teams, events } = simulateMatch('bench');
  return events.map((event, k) => ({
    ...streamContent(event, teams),
    count: FIRST_COUNT + k,
    atUs: (FIRST_COUNT + k) * INTERVAL_US,
  }));
}

/** Each message with a check, padded to CHECKED_BYTES; every eighth datagram has one wrong bit. */
export function checkedDatagrams(messages: readonly StreamMessage[]): Uint8Array[] {
  return messages.map((message, k) => {
    const bytes = encodeStreamMessage(message, { datagramSizeBytes: CHECKED_BYTES, check: true });
    if (k % 8 === 7) bytes[CHECKED_BYTES - 1] = (bytes[CHECKED_BYTES - 1] as number) ^ 1;
    return bytes;
  });
}

export function streamInputs(datagrams: readonly Uint8Array[]): DecodeInput[] {
  return datagrams.map((bytes) => ({ bytes, decode: decodeStreamMessage }));
}

/** One datagram of each kind of control message of our protocol. */
export function controlInputs(): DecodeInput[] {
  const timing = { intervalUs: INTERVAL_US, speed: 1 };
  const promise = { nonce: NONCE, client: 1, nextCount: FIRST_COUNT, timing, epochUs: 1_234_567_890 };
  const fromClient = [
    encodeRegister({ nonce: NONCE, token: TOKEN, client: 1 }),
    encodeAlive(TOKEN),
    encodeUnregister(TOKEN),
  ];
  const fromServer = [
    encodeChallenge(TOKEN),
    encodeRegistered({ ...promise, keepAliveMs: 5000 }),
    encodeAliveAnswer(NONCE),
    encodeEnd(NONCE, FIRST_COUNT),
  ];
  return [
    ...fromClient.map((bytes) => ({ bytes, decode: decodeClientControl })),
    ...fromServer.map((bytes) => ({ bytes, decode: decodeServerControl })),
  ];
}
