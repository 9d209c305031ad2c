import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fillPhrase, PHRASES } from '../../src/match/phrases.ts';

const test = suite('phrases');

// What each occasion can name, written from the rules: who acts, the opponent (or stand-in), the team.
const NAMED: Record<string, readonly string[]> = {
  kickOff: ['team'],
  secondHalf: ['team'],
  goal: ['player', 'other', 'team'],
  penaltyGoal: ['player', 'other', 'team'],
  missedShot: ['player', 'team'],
  penaltyMissed: ['player', 'team'],
  save: ['player', 'other', 'team'],
  penaltySaved: ['player', 'other', 'team'],
  dribble: ['player', 'other', 'team'],
  foul: ['player', 'other', 'team'],
  yellowCard: ['player', 'team'],
  secondYellow: ['player', 'team'],
  redCard: ['player', 'team'],
  keeperSentOff: ['player', 'other', 'team'],
  penalty: ['player', 'team'],
  halfTime: [],
  fullTimeDrawn: [],
  fullTimeWon: ['team'],
};

test('both languages have several templates for every occasion, each asking only for names there are', () => {
  for (const set of [PHRASES.en, PHRASES.pt]) {
    assert.equal(Object.keys(set).toSorted(), Object.keys(NAMED).toSorted());
    for (const [occasion, templates] of Object.entries(set) as [string, readonly string[]][]) {
      assert.ok(templates.length >= 2, occasion);
      assert.is(new Set(templates).size, templates.length, occasion);
      for (const template of templates) {
        const asked = [...template.matchAll(/\{(.*?)\}/g)].map(([, key]) => key as string);
        for (const key of asked) assert.ok(NAMED[occasion]?.includes(key), `${occasion}: ${template}`);
        assert.is(/[{}]/.test(template.replaceAll(/\{(player|other|team)\}/g, '')), false, template);
      }
    }
  }
});

test('a template is filled with the names', () => {
  const names = { player: 'Ana', other: 'Bia', team: 'Reds' };
  assert.is(
    fillPhrase('{player} and {player} past {other} for {team}', names),
    'Ana and Ana past Bia for Reds',
  );
});

test('braces and dollar signs inside a name stay as they are', () => {
  assert.is(fillPhrase('{player}, {other}', { player: '{other}', other: '$&', team: null }), '{other}, $&');
});

test('a template that asks for a name the event has not is a bug', () => {
  assert.throws(() => fillPhrase('{other}', { player: 'Ana', other: null, team: null }), /names \{other\}/);
});

test('braces around anything else stay, and so does one that never closes', () => {
  const names = { player: 'Ana', other: null, team: 'Sol' };
  assert.is(fillPhrase('{{player}} of {teams} {} {other {team}{', names), '{Ana} of {teams} {} {other Sol{');
  assert.is(fillPhrase('', names), '');
});

test.run();
