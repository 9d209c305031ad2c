import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EVENT_TYPES, eventKind } from '../../src/match/kinds.ts';

const test = suite('the kinds of event');

test('the codes are the public ones', () => {
  assert.equal(EVENT_TYPES, {
    goal: 1,
    foul: 2,
    yellowCard: 3,
    redCard: 4,
    kickOff: 5,
    missedShot: 6,
    save: 7,
    dribble: 8,
    penalty: 9,
    halfTime: 10,
    fullTime: 11,
  });
});

test('a code gives its kind back, and an unknown code none', () => {
  assert.is(eventKind(1), 'goal');
  assert.is(eventKind(4), 'redCard');
  assert.is(eventKind(11), 'fullTime');
  for (const unknown of [0, 12, -1, 1.5, Number.NaN]) assert.is(eventKind(unknown), null);
});

test.run();
