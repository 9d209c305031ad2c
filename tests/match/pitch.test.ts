import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DEFAULT_SQUADS } from '../../src/match/data/inventedSquads.ts';
import { opponentsOf, Pitch } from '../../src/match/pitch.ts';
import type { Actor } from '../../src/match/pitch.ts';

const test = suite('the state of play');

const CAJU: Actor = { side: 0, place: 0 };
const PINGO: Actor = { side: 0, place: 1 };
const KEEPER: Actor = { side: 0, place: 10 };

test('at first everybody is on the pitch, nobody has done anything, and the goalkeepers are in goal', () => {
  const pitch = new Pitch(DEFAULT_SQUADS);
  assert.equal(pitch.score, [0, 0]);
  for (const side of [0, 1] as const) {
    assert.equal(
      pitch.outfield(side).map(({ place }) => place),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    assert.equal(pitch.inGoal(side), { side, place: 10 });
    for (const player of [...pitch.lineups[side].players, pitch.lineups[side].goalkeeper]) {
      assert.equal([player.goalMinutes, player.yellowMinute, player.redMinute], [[], null, null]);
    }
  }
  assert.is(pitch.player(KEEPER).name, 'Portão');
  assert.is(opponentsOf(0), 1);
  assert.is(opponentsOf(1), 0);
});

test('a goal changes the score and its scorer, and the line-ups of before stay as they were', () => {
  const pitch = new Pitch(DEFAULT_SQUADS);
  const before = pitch.lineups;
  pitch.scoreGoal(CAJU, 12);
  pitch.scoreGoal({ side: 1, place: 3 }, 13);
  pitch.scoreGoal(CAJU, 80);
  assert.equal(pitch.score, [2, 1]);
  assert.equal(pitch.player(CAJU).goalMinutes, [12, 80]);
  assert.equal(before[0].players[0]?.goalMinutes, []);
  assert.is(pitch.lineups[0].players[1], before[0].players[1], 'players who did nothing are shared');
});

test('the eleventh goal is one too many', () => {
  const pitch = new Pitch(DEFAULT_SQUADS);
  for (let goal = 1; goal <= 10; goal += 1) {
    assert.is(pitch.mayScore(), true);
    pitch.scoreGoal(goal % 2 === 0 ? CAJU : { side: 1, place: 0 }, goal);
  }
  assert.is(pitch.mayScore(), false);
  assert.throws(() => pitch.scoreGoal(CAJU, 90), /beyond the cap/);
});

test('a second yellow sends off and leaves the minute of the first', () => {
  const pitch = new Pitch(DEFAULT_SQUADS);
  assert.is(pitch.book(CAJU, 10), false);
  assert.is(pitch.book(CAJU, 20), true);
  pitch.sendOff(CAJU, 20);
  assert.equal([pitch.player(CAJU).yellowMinute, pitch.player(CAJU).redMinute], [10, 20]);
  assert.is(
    pitch.outfield(0).some(({ place }) => place === 0),
    false,
  );
});

test('the eleventh yellow card is one too many, second ones included', () => {
  const pitch = new Pitch(DEFAULT_SQUADS);
  for (let place = 0; place < 9; place += 1) pitch.book({ side: 0, place }, 5);
  assert.is(pitch.book(CAJU, 6), true);
  pitch.sendOff(CAJU, 6);
  assert.is(pitch.mayBeBooked(PINGO), false);
  assert.is(pitch.mayBeBooked({ side: 1, place: 0 }), false);
  assert.throws(() => pitch.book({ side: 1, place: 0 }, 7), /beyond the cap/);
});

test('the fifth red card is one too many, and with it any second yellow', () => {
  const pitch = new Pitch(DEFAULT_SQUADS);
  pitch.book(CAJU, 1);
  for (const place of [5, 6, 7, 8]) {
    assert.is(pitch.mayBeSentOff(), true);
    pitch.sendOff({ side: 1, place }, 2);
  }
  assert.is(pitch.mayBeSentOff(), false);
  assert.throws(() => pitch.sendOff(CAJU, 3), /beyond the cap/);
  assert.is(pitch.mayBeBooked(CAJU), false);
  assert.is(pitch.mayBeBooked(PINGO), true);
});

test('an outfield player who goes in goal is no outfield player any more', () => {
  const pitch = new Pitch(DEFAULT_SQUADS);
  assert.is(pitch.isInGoal(KEEPER), true);
  pitch.sendOff(KEEPER, 30);
  pitch.goInGoal(PINGO);
  assert.is(pitch.isInGoal(KEEPER), false);
  assert.equal(pitch.inGoal(0), PINGO);
  assert.is(pitch.outfield(0).length, 9);
  assert.is(pitch.outfield(1).length, 10);
  assert.is(pitch.player(KEEPER).redMinute, 30);
});

test.run();
