import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { DEFAULT_SQUADS } from '../../src/match/data/inventedSquads.ts';
import { parseSquads, squadsHash } from '../../src/match/squads.ts';
import { anyText } from '../anyText.ts';

const test = suite('a squads file');

const REDS = {
  name: 'Reds',
  goalkeeper: 'r0',
  players: ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10'],
};
const BLUES = {
  name: 'Blues',
  goalkeeper: 'b0',
  players: ['b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7', 'b8', 'b9', 'b10'],
};

const reasonOf = (content: unknown): string => {
  const result = parseSquads(typeof content === 'string' ? content : JSON.stringify(content));
  return result.ok ? 'accepted' : result.reason;
};
const withRed = (change: object): unknown => ({ teams: [{ ...REDS, ...change }, BLUES] });
const withFirstPlayer = (name: unknown): unknown => withRed({ players: [name, ...REDS.players.slice(1)] });

test('a whole one is read as it stands', () => {
  assert.equal(parseSquads(JSON.stringify({ teams: [REDS, BLUES] })), {
    ok: true,
    value: { teams: [REDS, BLUES] },
  });
});

test('the default squads are a valid file', () => {
  assert.equal(parseSquads(JSON.stringify(DEFAULT_SQUADS)), { ok: true, value: DEFAULT_SQUADS });
});

test('what is malformed is refused with where, what was expected and what was got', () => {
  const cases: [unknown, RegExp][] = [
    ['', /^squads: expected JSON/],
    ['{"teams":', /^squads: expected JSON/],
    ['null', /^squads: expected an object with teams, got null$/],
    ['7', /^squads: expected an object with teams, got a number$/],
    ['[]', /^squads: expected an object with teams, got a list of 0$/],
    [{}, /^teams: expected a list of 2 teams, got nothing$/],
    [{ teams: [REDS] }, /^teams: expected a list of 2 teams, got a list of 1$/],
    [{ teams: [REDS, BLUES, REDS] }, /^teams: expected a list of 2 teams, got a list of 3$/],
    [{ teams: { 0: REDS, 1: BLUES, length: 2 } }, /^teams: expected a list of 2 teams, got an object$/],
    [{ teams: [REDS, BLUES], year: 1 }, /^squads: expected only teams, got "year"$/],
    ['{"teams":[],"__proto__":{}}', /^squads: expected only teams, got "__proto__"$/],
    [
      { teams: [REDS, 'Blues'] },
      /^teams\[1\]: expected an object with name, goalkeeper, players, got a string$/,
    ],
    [withRed({ coach: 'c' }), /^teams\[0\]: expected only name, goalkeeper, players, got "coach"$/],
    [withRed({ name: undefined }), /^teams\[0\]\.name: expected a name in quotes, got nothing$/],
    [withRed({ name: 7 }), /^teams\[0\]\.name: expected a name in quotes, got a number$/],
    [
      withRed({ goalkeeper: { nome: 'x' } }),
      /^teams\[0\]\.goalkeeper: expected a name in quotes, got an object$/,
    ],
    [withRed({ players: 'r1' }), /^teams\[0\]\.players: expected 10 names .*, got a string$/],
    [withRed({ players: REDS.players.slice(1) }), /\.players: expected 10 names .*, got a list of 9$/],
    [withRed({ players: [...REDS.players, 'r11'] }), /\.players: expected 10 names .*, got a list of 11$/],
    [withFirstPlayer(null), /^teams\[0\]\.players\[0\]: expected a name in quotes, got null$/],
    [withFirstPlayer(''), /players\[0\]: expected a name, got an empty one$/],
    [withFirstPlayer('  '), /players\[0\]: expected a name, got an empty one$/],
    [withFirstPlayer(' r1'), /expected no space around the name, got " r1"$/],
    [withFirstPlayer('r\n1'), /expected no control characters in a name, got "r\\n1"$/],
    [withFirstPlayer('r\u001B[31m'), /expected no control characters/],
    [withFirstPlayer('r\u202E1'), /expected no control characters/],
    [withFirstPlayer('r\u20281'), /expected no control characters/],
    [withFirstPlayer('r\uD800'), /expected no control characters/],
    [withFirstPlayer('x'.repeat(25)), /expected a name of at most 24 characters, got 25$/],
    [withRed({ name: 'Blues' }), /^teams: expected two different team names, got "Blues" twice$/],
    [withFirstPlayer('r2'), /^teams: expected a different name for every player of a match, got "r2" twice$/],
    [withFirstPlayer('b0'), /got "b0" twice$/],
    [withRed({ goalkeeper: 'b10' }), /got "b10" twice$/],
  ];
  for (const [content, reason] of cases) assert.match(reasonOf(content), reason);
});

test('a name of 24 characters is long enough, counted by code points', () => {
  assert.is(reasonOf(withFirstPlayer('x'.repeat(24))), 'accepted');
  assert.is(reasonOf(withFirstPlayer('🦊'.repeat(24))), 'accepted');
});

test('names that only differ in how their accents are composed are the same name', () => {
  const composed = withRed({ players: ['\u00E9', 'e\u0301', ...REDS.players.slice(2)] });
  assert.match(reasonOf(composed), /twice$/);
});

test('no text makes the reader throw', () => {
  fc.assert(
    fc.property(fc.oneof(anyText(), fc.json({ maxDepth: 2 })), (text) => {
      assert.is(parseSquads(text).ok, false);
    }),
    { seed: 11, numRuns: 150 },
  );
});

test('the hash of the default squads is this one', () => {
  // sha256sum of the compact JSON of the file, keys in the order name, goalkeeper, players.
  assert.is(squadsHash(DEFAULT_SQUADS), '3d082496370df27487fdfedff58a93d154d6a2196e88e000b714287292fde077');
});

test('the hash ignores the order of keys and sees every name', () => {
  const { name, goalkeeper, players } = REDS;
  const hash = squadsHash({ teams: [REDS, BLUES] });
  assert.is(squadsHash({ teams: [{ players, goalkeeper, name }, BLUES] }), hash);
  const renamed = [
    { ...REDS, name: 'Greens' },
    { ...REDS, goalkeeper: 'r00' },
    { ...REDS, players: ['r2', 'r1', ...players.slice(2)] },
  ];
  for (const squad of renamed) assert.is.not(squadsHash({ teams: [squad, BLUES] }), hash);
  assert.is.not(squadsHash({ teams: [BLUES, REDS] }), hash);
});

test.run();
