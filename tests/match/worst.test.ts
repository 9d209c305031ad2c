import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { DEFAULT_SQUADS } from '../../src/match/data/inventedSquads.ts';
import { simulateMatch } from '../../src/match/simulate.ts';
import { parseSquads } from '../../src/match/squads.ts';
import type { Squads } from '../../src/match/squads.ts';
import type { LineupPlayer, MatchEvent } from '../../src/match/types.ts';
import { worstMatchEvent } from '../../src/match/worst.ts';

const test = suite('the worst event');

const wirePlayer = ({ name, goalMinutes, yellowMinute, redMinute }: LineupPlayer): object => ({
  nome: name,
  ...(goalMinutes.length > 0 ? { gols: goalMinutes } : {}),
  ...(yellowMinute === null ? {} : { amarelo: yellowMinute }),
  ...(redMinute === null ? {} : { vermelho: redMinute }),
});

/** The datagram as the wire has it, written here from its description. UTF-8 bytes. */
function datagramSizeBytes(squads: Squads, event: MatchEvent): number {
  const [first, second] = event.lineups;
  const content = {
    message: {
      count: Number.MAX_SAFE_INTEGER,
      score: `${squads.teams[0].name} ${event.score[0]} - ${event.score[1]} ${squads.teams[1].name}`,
      content: event.phrase,
      type: event.type,
      minute: event.minute,
      atUs: Number.MAX_SAFE_INTEGER,
      check: '89abcdef',
    },
    timeA: first.players.map(wirePlayer),
    timeB: second.players.map(wirePlayer),
    goleiroA: wirePlayer(first.goalkeeper),
    goleiroB: wirePlayer(second.goalkeeper),
  };
  return new TextEncoder().encode(JSON.stringify(content)).length;
}

test('with the default squads its datagram fits 1200 bytes, in both languages', () => {
  const english = datagramSizeBytes(DEFAULT_SQUADS, worstMatchEvent(DEFAULT_SQUADS, 'en'));
  const portuguese = datagramSizeBytes(DEFAULT_SQUADS, worstMatchEvent(DEFAULT_SQUADS, 'pt'));
  assert.ok(english <= 1200 && portuguese <= 1200, `${english} and ${portuguese} bytes`);
  assert.equal([english, portuguese], [941, 933]);
});

test('it holds the caps: ten goals, ten yellow cards, four reds, each of another player', () => {
  const { lineups, score, minute, type } = worstMatchEvent(DEFAULT_SQUADS, 'en');
  assert.equal([score, minute, type], [[10, 0], 97, 11]);
  const everybody = lineups.flatMap(({ players, goalkeeper }) => [...players, goalkeeper]);
  assert.is(everybody.filter(({ goalMinutes }) => goalMinutes.join() === '97').length, 10);
  assert.is(everybody.filter(({ yellowMinute }) => yellowMinute === 97).length, 10);
  assert.is(everybody.filter(({ redMinute }) => redMinute === 97).length, 4);
});

test('its phrase is the longest in bytes as JSON, filled with the names that are', () => {
  const players = ['é', 'x', 'y', 'z', 'u', 'v', 'w', '"\\"', 'r', 's'];
  const [first, second] = DEFAULT_SQUADS.teams;
  const squads: Squads = { teams: [{ ...first, goalkeeper: 'a', players }, second] };
  const english = worstMatchEvent(squads, 'en').phrase;
  // `"\"` is 3 characters and 6 bytes as JSON; Quill, Brume, Larch, Latch and Osker have 5.
  assert.is(english, 'Handball in the box! "\\" puts it on the spot for Galáticos.');
});

const name = fc
  .string({
    unit: fc.constantFrom('a', 'é', '"', '\\', '🦊', '{', '}', '$', '字', 'player', 'team'),
    minLength: 1,
    maxLength: 4,
  })
  .filter((text) => text.length <= 24);
const squadsOfAnyNames = fc
  .tuple(
    fc.uniqueArray(name, { minLength: 22, maxLength: 22 }),
    fc.uniqueArray(name, { minLength: 2, maxLength: 2 }),
  )
  .map(([names, teams]): Squads => ({
    teams: [
      { name: teams[0] as string, goalkeeper: names[20] as string, players: names.slice(0, 10) },
      { name: teams[1] as string, goalkeeper: names[21] as string, players: names.slice(10, 20) },
    ],
  }));

test('no event of any match is longer on the wire, whatever the names', () => {
  fc.assert(
    fc.property(fc.string(), squadsOfAnyNames, fc.constantFrom('en', 'pt'), (seed, squads, phrases) => {
      assert.is(parseSquads(JSON.stringify(squads)).ok, true);
      const most = datagramSizeBytes(squads, worstMatchEvent(squads, phrases));
      for (const event of simulateMatch(seed, { squads, phrases }).events) {
        assert.ok(datagramSizeBytes(squads, event) <= most, event.phrase);
      }
    }),
    { seed: 23, numRuns: 150 },
  );
});

test('the same squads twice give the same worst event', () => {
  assert.equal(worstMatchEvent(DEFAULT_SQUADS, 'pt'), worstMatchEvent(DEFAULT_SQUADS, 'pt'));
});

test.run();
