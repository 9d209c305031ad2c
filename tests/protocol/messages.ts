/** Invented messages for the tests of the wire: one small by hand, and any at all for properties. */
import * as fc from 'fast-check';
import type { StreamMessage, WirePlayer } from '../../src/protocol/stream.ts';

export const SEED = 20_240_611;

export const player = (name: string, more: Partial<WirePlayer> = {}): WirePlayer => ({
  name,
  goalMinutes: [],
  yellowMinute: null,
  redMinute: null,
  ...more,
});

export const KICK_OFF: StreamMessage = {
  count: 1,
  score: 'Galáticos 0 - 0 The Bests',
  content: 'Começa o "jogo"',
  type: 5,
  minute: 0,
  atUs: 0,
  teamA: [player('Zé')],
  teamB: [player('Ann')],
  goalkeeperA: player('Ivo'),
  goalkeeperB: player('Bob'),
};

export const GOAL: StreamMessage = {
  count: 4_294_967_297,
  score: 'Galáticos 1 - 0 The Bests',
  content: 'Gol!',
  type: 1,
  minute: 12,
  atUs: 9_007_199_254_740_991,
  teamA: [
    player('Zé', { goalMinutes: [3, 12], yellowMinute: 5, redMinute: 90 }),
    player('Rui', { yellowMinute: 7 }),
  ],
  teamB: [],
  goalkeeperA: player('Ivo'),
  goalkeeperB: player('Bob', { redMinute: 8 }),
};

/** Any UTF-16 units at all: lone surrogates, controls, quotes and backslashes among them. */
const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '"',
          '\\',
          '{',
          '}',
          ',',
          '\u0000',
          '\u007f',
          '\u2028',
          '\ud800',
          '\udc00',
          '😀',
          'é',
        ),
        fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
      { maxLength: maxLength / 2 },
    )
    .map((units) => units.join(''));

const minute = fc.integer({ min: 0, max: 999 });
const anyPlayer: fc.Arbitrary<WirePlayer> = fc.record(
  {
    name: anyText(16),
    goalMinutes: fc.array(minute, { maxLength: 4 }),
    yellowMinute: fc.option(minute),
    redMinute: fc.option(minute),
  },
  { noNullPrototype: true },
);

export const anyMessage: fc.Arbitrary<StreamMessage> = fc.record(
  {
    count: fc.maxSafeNat().map((n) => Math.max(1, n)),
    score: anyText(30),
    content: anyText(100),
    type: fc.integer({ min: 0, max: 255 }),
    minute,
    atUs: fc.oneof(fc.maxSafeNat(), fc.nat(10_000)),
    teamA: fc.array(anyPlayer, { maxLength: 11 }),
    teamB: fc.array(anyPlayer, { maxLength: 11 }),
    goalkeeperA: anyPlayer,
    goalkeeperB: anyPlayer,
  },
  { noNullPrototype: true },
);

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Why a result was refused; throws when it was not. */
export function reasonOf(result: { ok: boolean; reason?: string }): string {
  if (result.ok || result.reason === undefined || result.reason === '') throw new Error('was not refused');
  return result.reason;
}

/** Bytes that no decoder may choke on. */
export const GARBAGE: readonly Uint8Array[] = [
  '',
  ' ',
  '{',
  '}',
  'null',
  '1',
  '"x"',
  '[]',
  '{}',
  '{"message":null}',
  '{"message":[]}',
  '{"message":{}}',
  '{"message":{"count":1}}',
  '{"__proto__":{"message":{"count":1}}}',
  '{"register":{}}',
  '{"register":null}',
  '{"alive":{}}',
  '{"alive":7}',
  '{"end":{"nonce":"n"}}',
  '{"challenge":{"token":""}}',
  '{"registered":{"nonce":"n","timing":4}}',
  '{"constructor":{}}',
  '\ufeff{}',
  '['.repeat(100_000),
  '['.repeat(30_000),
  '['.repeat(30_000) + ']'.repeat(30_000),
  '{"message":'.repeat(5_000),
  `{"message":${'['.repeat(1000)}${']'.repeat(1000)}}`,
  `{"alive":${'['.repeat(900)}${']'.repeat(900)}}`,
  `{"message":{"count":${'9'.repeat(60_000)}}}`,
  `{"content":"${'x'.repeat(2_000_000)}"}`,
]
  .map(bytesOf)
  .concat([
    Uint8Array.of(0xff, 0xfe),
    Uint8Array.of(0xc3),
    Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d),
    new Uint8Array(65_507),
    new Uint8Array(65_508).fill(0x20),
  ]);
