import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { formatLineups } from '../../src/display/lineups.ts';
import { displayWidth } from '../../src/base/printable.ts';
import { hostileText, unsafeCharacter } from './hostile.ts';
import { COLOUR, PLAIN, player, team, view } from './views.ts';

const test = suite('the line-ups below an event');

const BLUES = team('Blues', player('Cid'));

test('at first both are shown, goalkeeper first', () => {
  assert.is(
    formatLineups(view(), null, PLAIN),
    '      Reds: Reds-gk [gk], Ana, Bia\n      Blues: Blues-gk [gk], Cid',
  );
});

test('goals and cards stand behind their player', () => {
  const ana = player('Ana', { goalMinutes: [12, 80], yellowMinute: 33 });
  const bia = player('Bia', { yellowMinute: 20, redMinute: 70 });
  assert.is(
    formatLineups(view({ teams: [team('Reds', ana, bia), BLUES] }), view(), PLAIN),
    "      Reds: Reds-gk [gk], Ana (goal 12' 80', yellow 33'), Bia (yellow 20',\n      red 70')",
  );
});

test('a card without a minute, and a goalkeeper with one, are shown as well', () => {
  const reds = {
    name: 'Reds',
    players: [player('Ana', { redMinute: true, yellowMinute: false })],
    goalkeeper: player('Gil', { yellowMinute: 5 }),
  };
  assert.is(
    formatLineups(view({ teams: [reds, BLUES] }), view(), PLAIN),
    "      Reds: Gil [gk] (yellow 5'), Ana (red)",
  );
});

test('only the team that changed is shown again, and nothing when neither did', () => {
  assert.is(formatLineups(view({ phrase: 'something else', minute: 24 }), view(), PLAIN), '');
  const deeds = [{ goalMinutes: [24] }, { yellowMinute: 24 }, { redMinute: 24 }];
  for (const deed of deeds) {
    const blues = team('Blues', player('Cid', deed));
    const text = formatLineups(view({ teams: [view().teams[0], blues] }), view(), PLAIN);
    assert.match(text, /^ {6}Blues: Blues-gk \[gk\], Cid \((goal|yellow|red) 24'\)$/);
  }
  const keeper = { ...BLUES, goalkeeper: player('Blues-gk', { redMinute: 24 }) };
  assert.match(
    formatLineups(view({ teams: [view().teams[0], keeper] }), view(), PLAIN),
    /\[gk\] \(red 24'\)/,
  );
  const second = team('Reds', player('Ana', { goalMinutes: [12, 24] }), player('Bia'));
  const first = team('Reds', player('Ana', { goalMinutes: [12] }), player('Bia'));
  assert.match(
    formatLineups(view({ teams: [second, BLUES] }), view({ teams: [first, BLUES] }), PLAIN),
    /goal 12' 24'/,
  );
});

test('a team without a name, a player without one, and a team without players are still shown', () => {
  assert.is(
    formatLineups(view({ teams: [team(null, player('')), team(' ')] }), null, PLAIN),
    '      Team A: no-gk [gk], ?\n      Team B: -gk [gk]',
  );
});

test('a long line-up goes on below, and no colour means no code at all', () => {
  const reds = team('Reds', ...['Ana', 'Bia', 'Cid', 'Dov', 'Eva', 'Fay'].map((name) => player(name)));
  assert.is(
    formatLineups(view({ teams: [reds, BLUES] }), view(), { colour: false, widthColumns: 30 }),
    '      Reds: Reds-gk [gk], Ana,\n      Bia, Cid, Dov, Eva, Fay',
  );
});

test('colour tells goals and cards apart, and dims who is off', () => {
  const ana = player('Ana', { goalMinutes: [12], yellowMinute: 33, redMinute: 70 });
  assert.is(
    formatLineups(view({ teams: [team('Reds', ana), BLUES] }), view(), COLOUR),
    "      \u001B[1mReds:\u001B[0m Reds-gk [gk], \u001B[90mAna\u001B[0m \u001B[32m(goal 12',\u001B[0m \u001B[33myellow 33',\u001B[0m \u001B[31mred 70')\u001B[0m",
  );
});

test('nothing from the network reaches the terminal as a command, and no line is too wide', () => {
  fc.assert(
    fc.property(hostileText, hostileText, fc.integer({ min: 0, max: 120 }), (title, name, widthColumns) => {
      const hostile = view({ teams: [team(title, player(name)), team('Blues', player(name))] });
      const text = formatLineups(hostile, null, { colour: false, widthColumns });
      assert.is(unsafeCharacter(text), null, JSON.stringify(text));
      for (const line of text.split('\n')) assert.ok(displayWidth(line) <= Math.max(30, widthColumns), line);
    }),
    { seed: 9, numRuns: 300 },
  );
});

test.run();
