import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { DEFAULT_SQUADS } from '../../src/match/data/inventedSquads.ts';
import { EVENT_TYPES } from '../../src/match/kinds.ts';
import { matchSeed, simulateMatch } from '../../src/match/simulate.ts';
import type { Squads } from '../../src/match/squads.ts';
import type { LineupPlayer, Lineups, Match } from '../../src/match/types.ts';

const test = suite('the seeded match');

/** Holds for the matches of many seeds. */
const always = (claim: (match: Match) => void): void => {
  fc.assert(
    fc.property(fc.string(), (seed) => claim(simulateMatch(seed))),
    { seed: 7, numRuns: 200 },
  );
};

const SIDE_OF = new Map(
  DEFAULT_SQUADS.teams.flatMap((squad, side) =>
    [...squad.players, squad.goalkeeper].map((name) => [name, side] as const),
  ),
);
const everybody = (lineups: Lineups): LineupPlayer[] =>
  lineups.flatMap(({ players, goalkeeper }) => [...players, goalkeeper]);

test('seed 42 begins like this', () => {
  const told = simulateMatch('42')
    .events.slice(0, 9)
    .map(({ minute, type, score, phrase }) => [minute, type, score.join(' - '), phrase]);
  assert.equal(told, [
    [0, 5, '0 - 0', 'The Bests get the match started.'],
    [3, 2, '0 - 0', 'Foul by Tarn on Pingo.'],
    [4, 7, '0 - 0', 'Great save! Portão denies Tarn.'],
    [5, 1, '1 - 0', 'Goal for Galáticos! Caju finds the corner!'],
    [6, 3, '1 - 0', 'One protest too many: Caju is booked.'],
    [7, 8, '1 - 0', 'Pipoca turns Tarn inside out.'],
    [10, 2, '1 - 0', 'Free kick: Dray pulls Trovão back.'],
    [11, 2, '1 - 0', 'Latch arrives late, and Pingo takes the knock.'],
    [13, 3, '1 - 0', 'One protest too many: Quill is booked.'],
  ]);
});

test('seed 42 tells the same in Portuguese, and ends 3 - 2', () => {
  const { events, teams, seed } = simulateMatch('42', { phrases: 'pt' });
  assert.is(seed, '42');
  assert.equal(teams, ['Galáticos', 'The Bests']);
  assert.equal(
    events.slice(1, 5).map(({ phrase }) => phrase),
    [
      'Falta de Tarn em Pingo.',
      'Que defesa! Portão para o chute de Tarn.',
      'Gol! Caju acerta o canto e faz a festa de Galáticos!',
      'Reclamação demais: amarelo para Caju.',
    ],
  );
  const last = events.at(-1);
  assert.equal([last?.minute, last?.score, last?.phrase], [95, [3, 2], 'Fim de jogo! Vitória de Galáticos.']);
});

test('the same seed twice is the same match, another seed another one', () => {
  always((match) => {
    assert.is(JSON.stringify(simulateMatch(match.seed)), JSON.stringify(match));
    const other = simulateMatch(`${match.seed}x`);
    assert.is.not(JSON.stringify(other.events), JSON.stringify(match.events));
  });
});

test('neither language nor names change what happens', () => {
  const number = (squad: string): Squads['teams'][0] => ({
    name: squad,
    goalkeeper: `${squad}10`,
    players: Array.from({ length: 10 }, (_, place) => `${squad}${place}`),
  });
  const squads: Squads = { teams: [number('A'), number('B')] };
  const numberOf = new Map(
    DEFAULT_SQUADS.teams.flatMap((squad, side) =>
      [...squad.players, squad.goalkeeper].map((name, place) => [name, `${'AB'[side]}${place}`] as const),
    ),
  );
  always((match) => {
    const renamed = simulateMatch(match.seed, { squads, phrases: 'pt' });
    const story = match.events.map(({ kind, minute, score, team, player, other }) => [
      kind,
      minute,
      score,
      team,
      player === null ? null : numberOf.get(player),
      other === null ? null : numberOf.get(other),
    ]);
    assert.equal(
      renamed.events.map(({ kind, minute, score, team, player, other }) => [
        kind,
        minute,
        score,
        team,
        player,
        other,
      ]),
      story,
    );
  });
});

test('minutes rise by 1 to 3, from kick-off at 0, over half-time at 45, to full time at 91 to 97', () => {
  always(({ events }) => {
    events.forEach((event, index) => {
      const before = events[index - 1];
      if (before === undefined) return assert.equal([event.kind, event.minute], ['kickOff', 0]);
      const step = event.minute - before.minute;
      assert.ok(step >= 1 && step <= 3, `minute ${event.minute} after ${before.minute}`);
    });
    const whistles = events.filter(({ kind }) => ['kickOff', 'halfTime', 'fullTime'].includes(kind));
    const last = events.at(-1);
    assert.equal(
      whistles.map(({ kind }) => kind),
      ['kickOff', 'halfTime', 'kickOff', 'fullTime'],
    );
    assert.equal([whistles[1]?.minute, whistles[2]?.minute], [45, 46]);
    assert.is.not(whistles[0]?.team, whistles[2]?.team, 'each team kicks off once');
    assert.is(last, whistles[3]);
    assert.ok(last !== undefined && last.minute >= 91 && last.minute <= 97);
  });
});

test('a match has about 50 events, and every kind happens', () => {
  const matches = Array.from({ length: 1000 }, (_, index) => simulateMatch(`events/${index}`));
  const mean = matches.reduce((sum, { events }) => sum + events.length, 0) / matches.length;
  assert.ok(mean > 45 && mean < 55, `mean ${mean}`);
  const kinds = new Set(matches.flatMap(({ events }) => events.map(({ kind }) => kind)));
  assert.equal([...kinds].toSorted(), Object.keys(EVENT_TYPES).toSorted());
});

test('a type is the code of its kind', () => {
  always(({ events }) => {
    for (const { kind, type } of events) assert.is(type, EVENT_TYPES[kind]);
  });
});

test('the score changes only with a goal, and then by one for the team of its scorer', () => {
  always(({ events }) => {
    let expected = [0, 0];
    for (const { kind, score, team, player } of events) {
      if (kind === 'goal') {
        assert.is(SIDE_OF.get(player as string), team);
        expected = expected.map((goals, side) => goals + (side === team ? 1 : 0));
      }
      assert.equal(score, expected);
    }
  });
});

test('a penalty is scored, saved or missed in the next event by the player who was to take it', () => {
  always(({ events }) => {
    events.forEach((event, index) => {
      if (event.kind !== 'penalty') return;
      const next = events[index + 1];
      assert.ok(next !== undefined && ['goal', 'save', 'missedShot'].includes(next.kind), next?.kind);
      assert.is(next.kind === 'save' ? next.other : next.player, event.player);
      assert.is(next.kind === 'save' ? next.team : 1 - (next.team as number), 1 - (event.team as number));
    });
  });
});

test('a line-up shows exactly what has happened up to its event', () => {
  always(({ events }) => {
    const goals = new Map<string, number[]>();
    const yellow = new Map<string, number>();
    const red = new Map<string, number>();
    for (const { kind, player, minute, lineups } of events) {
      const name = player as string;
      if (kind === 'goal') goals.set(name, [...(goals.get(name) ?? []), minute]);
      if (kind === 'yellowCard') yellow.set(name, minute);
      if (kind === 'redCard') red.set(name, minute);
      const expected = DEFAULT_SQUADS.teams.flatMap((squad) =>
        [...squad.players, squad.goalkeeper].map((one) => ({
          name: one,
          goalMinutes: goals.get(one) ?? [],
          yellowMinute: yellow.get(one) ?? null,
          redMinute: red.get(one) ?? null,
        })),
      );
      assert.equal(everybody(lineups), expected);
    }
  });
});

test('a line-up that did not change is the same object as before', () => {
  always(({ events }) => {
    events.forEach((event, index) => {
      const before = events[index - 1];
      if (before === undefined || ['goal', 'yellowCard', 'redCard'].includes(event.kind)) return;
      assert.is(event.lineups, before.lineups);
    });
  });
});

test('a second yellow is a red: nobody is shown two yellow cards, or a card after a red', () => {
  always(({ events }) => {
    const booked = new Set<string>();
    const off = new Set<string>();
    for (const { kind, player } of events) {
      if (kind !== 'yellowCard' && kind !== 'redCard') continue;
      const name = player as string;
      assert.is(off.has(name), false, name);
      if (kind === 'yellowCard') {
        assert.is(booked.has(name), false, name);
        booked.add(name);
      } else off.add(name);
    }
  });
});

test('the phrase of a second yellow is told of players with a first one, a straight red of any', () => {
  let seconds = 0;
  always(({ events }) => {
    for (const { kind, phrase, player, lineups } of events) {
      if (kind !== 'redCard' || !/second yellow|booked again/.test(phrase)) continue;
      seconds += 1;
      const offender = everybody(lineups).find(({ name }) => name === player);
      assert.ok(offender !== undefined && offender.yellowMinute !== null);
      assert.ok(offender.yellowMinute < (offender.redMinute as number));
    }
  });
  assert.ok(seconds > 20, `${seconds} second yellows`);
});

test('a sent-off player acts no more, in fact or in words', () => {
  always(({ events }) => {
    const off: string[] = [];
    for (const { kind, player, other, phrase } of events) {
      for (const name of off) {
        assert.is.not(player, name);
        assert.is.not(other, name);
        assert.is(phrase.includes(name), false, phrase);
      }
      if (kind === 'redCard') off.push(player as string);
    }
  });
});

test('a phrase names nobody but its event does', () => {
  always(({ events }) => {
    for (const { player, other, phrase } of events) {
      for (const name of SIDE_OF.keys())
        if (phrase.includes(name)) assert.ok(name === player || name === other, phrase);
    }
  });
});

test('nobody dribbles past, fouls, beats or stops a team-mate', () => {
  always(({ events }) => {
    for (const { kind, team, player, other } of events) {
      if (player !== null) assert.is(SIDE_OF.get(player), team);
      if (other === null) continue;
      // At a goalkeeper's red, `other` is the team-mate who takes the gloves.
      assert.is(SIDE_OF.get(other), kind === 'redCard' ? team : 1 - (team as number));
    }
  });
});

/** Judges every save and goal by who must be in goal. Returns how many goalkeepers were sent off. */
function followKeepers({ events }: Match): number {
  const inGoal = DEFAULT_SQUADS.teams.map(({ goalkeeper }) => goalkeeper);
  let sentOff = 0;
  for (const { kind, team, player, other } of events) {
    if (team === null) continue;
    if (kind === 'save') assert.is(player, inGoal[team]);
    if (kind === 'goal') assert.is(other, inGoal[1 - team]);
    if (['goal', 'missedShot', 'dribble', 'penalty'].includes(kind)) assert.is.not(player, inGoal[team]);
    if (kind === 'redCard') {
      assert.is(other !== null, player === inGoal[team], 'a stand-in only for who was in goal');
      if (other === null) continue;
      inGoal[team] = other;
      sentOff += 1;
    }
  }
  return sentOff;
}

test('only who is in goal saves and is beaten, and they do nothing else with the ball', () => {
  always((match) => void followKeepers(match));
});

test('when a stand-in goalkeeper is sent off, the next one goes in goal', () => {
  assert.is(followKeepers(simulateMatch('1081')), 2);
  assert.is(followKeepers(simulateMatch('1956')), 2);
});

/** Goals, yellow cards (second ones included, told by their phrases) and red cards of a match. */
function totals({ events }: Match): [number, number, number] {
  const count = (kind: string): number => events.filter((event) => event.kind === kind).length;
  const seconds = events.filter(({ phrase }) => /second yellow|booked again/.test(phrase)).length;
  return [count('goal'), count('yellowCard') + seconds, count('redCard')];
}

test('a match has at most 10 goals, 10 yellow cards and 4 reds', () => {
  always((match) => {
    const [goals, yellows, reds] = totals(match);
    assert.ok(goals <= 10 && yellows <= 10 && reds <= 4, `${goals} goals, ${yellows} yellows, ${reds} reds`);
  });
});

test('each cap is reached by the match of some seed', () => {
  assert.is(totals(simulateMatch('91'))[0], 10);
  assert.is(totals(simulateMatch('20'))[1], 10);
  assert.is(totals(simulateMatch('14'))[2], 4);
});

test('the winner is named at full time, and nobody at a draw', () => {
  always(({ events }) => {
    const last = events.at(-1);
    const [first, second] = last?.score ?? [];
    assert.is(last?.team, first === second ? null : (first as number) > (second as number) ? 0 : 1);
  });
});

test('match 1 of a stream has its seed, the others a number after it', () => {
  assert.equal(
    [1, 2, 3, 10].map((k) => matchSeed('42', k)),
    ['42', '42/2', '42/3', '42/10'],
  );
});

test.run();
