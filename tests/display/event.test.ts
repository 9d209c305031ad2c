import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { formatEvent } from '../../src/display/event.ts';
import { displayWidth } from '../../src/base/printable.ts';
import type { EventView } from '../../src/display/view.ts';
import { hostileText, unsafeCharacter, withoutStyles } from './hostile.ts';
import { COLOUR, PLAIN, view } from './views.ts';

const test = suite('an event line');

test('it shows minute, kind, score and phrase', () => {
  assert.is(formatEvent(view(), PLAIN), " 23'  GOAL       Reds 1 - 0 Blues · Goal! Ana scores.");
});

test('every kind has its label, in columns of one width', () => {
  const labels = (
    [
      'goal',
      'foul',
      'yellowCard',
      'redCard',
      'kickOff',
      'missedShot',
      'save',
      'dribble',
      'penalty',
      'halfTime',
      'fullTime',
      'other',
    ] as const
  ).map((kind) => formatEvent(view({ kind, score: '|', phrase: '' }), PLAIN));
  assert.equal(labels, [
    " 23'  GOAL       |",
    " 23'  foul       |",
    " 23'  YELLOW     |",
    " 23'  RED CARD   |",
    " 23'  KICK-OFF   |",
    " 23'  missed     |",
    " 23'  save       |",
    " 23'  dribble    |",
    " 23'  PENALTY    |",
    " 23'  HALF-TIME  |",
    " 23'  FULL TIME  |",
    " 23'             |",
  ]);
});

test('an unknown minute leaves its column empty, an absurd one is not repeated', () => {
  assert.is(formatEvent(view({ minute: null, score: '|', phrase: '' }), PLAIN), '      GOAL       |');
  assert.is(formatEvent(view({ minute: 123_456, score: '|', phrase: '' }), PLAIN), '   ?  GOAL       |');
  assert.is(formatEvent(view({ minute: 0, score: '|', phrase: '' }), PLAIN), "  0'  GOAL       |");
});

test('on a narrow terminal the rest goes on below, under the score', () => {
  assert.is(
    formatEvent(view(), { colour: false, widthColumns: 40 }),
    " 23'  GOAL       Reds 1 - 0 Blues ·\n                 Goal! Ana scores.",
  );
});

test('a message without a score or a phrase shows what it has', () => {
  assert.is(formatEvent(view({ score: '' }), PLAIN), " 23'  GOAL       Goal! Ana scores.");
  assert.is(formatEvent(view({ score: '', phrase: '' }), PLAIN), " 23'  GOAL");
});

test('colour adds codes and changes nothing else', () => {
  const coloured = formatEvent(view(), COLOUR);
  assert.is(
    coloured,
    " 23'  \u001B[32mGOAL     \u001B[0m  \u001B[1mReds 1 - 0 Blues\u001B[0m \u001B[90m·\u001B[0m Goal! Ana scores.",
  );
  assert.is(withoutStyles(coloured), formatEvent(view(), PLAIN));
});

test('nothing from the network reaches the terminal as a command, and no line is too wide', () => {
  const anyView = fc.record({ score: hostileText, phrase: hostileText, minute: fc.option(fc.double()) });
  fc.assert(
    fc.property(anyView, fc.integer({ min: 0, max: 120 }), (change: Partial<EventView>, widthColumns) => {
      const text = formatEvent(view(change), { colour: false, widthColumns });
      assert.is(unsafeCharacter(text), null, JSON.stringify(text));
      for (const line of text.split('\n')) assert.ok(displayWidth(line) <= Math.max(30, widthColumns), line);
      const coloured = formatEvent(view(change), { colour: true, widthColumns });
      assert.is(withoutStyles(coloured).trimEnd(), text);
    }),
    { seed: 3, numRuns: 300 },
  );
});

test.run();
