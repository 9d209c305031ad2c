import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { displayWidth } from '../../src/base/printable.ts';
import { asciiText } from '../../src/display/ascii.ts';
import { formatScoreboard } from '../../src/display/scoreboard.ts';
import type { BoardOptions, ScoreboardView } from '../../src/display/scoreboard.ts';
import { hostileText, unsafeCharacter, withoutStyles } from './hostile.ts';
import { player, team, view } from './views.ts';

const test = suite('the match on a scoreboard');

const TEAMS = [
  team('Galáticos', player('Caju', { goalMinutes: [5, 80], yellowMinute: 6 }), player('Pingo')),
  team('The Bests', player('Tarn', { redMinute: 33 }), player('Dray')),
] as const;

const at = (change: Parameters<typeof view>[0] = {}) =>
  view({
    score: 'Galáticos 2 - 0 The Bests',
    minute: 80,
    teams: TEAMS,
    phrase: 'Goal! Caju finds the corner!',
    ...change,
  });

const BOARD: ScoreboardView = {
  title: 'matchstream client of 127.0.0.1:12345',
  latest: at(),
  recent: [
    at(),
    at({ minute: 79, kind: 'save', phrase: 'Great save by Latch.' }),
    at({ minute: 78, kind: 'foul', phrase: 'Foul by Tarn.' }),
  ],
  health: [
    { text: 'received 52,', style: 'bold' },
    { text: '10/s,', style: 'plain' },
    { text: 'lost 0', style: 'plain' },
  ],
};

const options = (columns: number, rows: number, change: Partial<BoardOptions> = {}): BoardOptions => ({
  columns,
  rows,
  colour: false,
  unicode: true,
  ...change,
});

test('at 80 columns: clock and score in a frame, deeds side by side, the last events, the stream', () => {
  assert.equal(formatScoreboard(BOARD, options(79, 23)), [
    'matchstream client of 127.0.0.1:12345',
    `╭${'─'.repeat(77)}╮`,
    `│${' '.repeat(37)}80'${' '.repeat(37)}│`,
    `│${' '.repeat(26)}Galáticos 2 - 0 The Bests${' '.repeat(26)}│`,
    `╰${'─'.repeat(77)}╯`,
    'Galáticos                               The Bests',
    "goals Caju 5', Caju 80'                 red Tarn 33'",
    "yellow Caju 6'",
    '',
    " 78'  foul       Foul by Tarn.",
    " 79'  save       Great save by Latch.",
    " 80'  GOAL       Goal! Caju finds the corner!",
    'received 52, 10/s, lost 0',
  ]);
});

test('at 40 columns and 20 rows the teams stand below one another', () => {
  assert.equal(formatScoreboard(BOARD, options(39, 19)), [
    'matchstream client of 127.0.0.1:12345',
    `╭${'─'.repeat(37)}╮`,
    `│${' '.repeat(17)}80'${' '.repeat(17)}│`,
    `│${' '.repeat(6)}Galáticos 2 - 0 The Bests${' '.repeat(6)}│`,
    `╰${'─'.repeat(37)}╯`,
    'Galáticos',
    "goals Caju 5', Caju 80'",
    "yellow Caju 6'",
    'The Bests',
    "red Tarn 33'",
    '',
    " 78'  foul       Foul by Tarn.",
    " 79'  save       Great save by Latch.",
    " 80'  GOAL       Goal! Caju finds the",
    '                 corner!',
    'received 52, 10/s, lost 0',
  ]);
});

test('with few rows the frame goes, then the oldest events', () => {
  assert.equal(formatScoreboard(BOARD, options(79, 9)), [
    'matchstream client of 127.0.0.1:12345',
    `${' '.repeat(37)}80'${' '.repeat(37)}`,
    `${' '.repeat(26)}Galáticos 2 - 0 The Bests${' '.repeat(26)}`,
    'Galáticos                               The Bests',
    "goals Caju 5', Caju 80'                 red Tarn 33'",
    "yellow Caju 6'",
    '',
    " 80'  GOAL       Goal! Caju finds the corner!",
    'received 52, 10/s, lost 0',
  ]);
});

test('goals and cards are in the order of their minutes, and a card of an original message has none', () => {
  const players = [
    player('Zuca', { goalMinutes: [70, 24], yellowMinute: true }),
    player('Bambu', { goalMinutes: [33], yellowMinute: 12 }),
  ];
  const teams = [team('Reds', ...players), team('Blues')] as const;
  const lines = formatScoreboard({ ...BOARD, latest: at({ teams }), recent: [] }, options(79, 23));
  assert.equal(lines.slice(5, -1), ['Reds', "goals Zuca 24', Bambu 33', Zuca 70'", "yellow Zuca, Bambu 12'"]);
});

test('the clock says when it stands', () => {
  const clock = (kind: 'halfTime' | 'fullTime'): string =>
    (formatScoreboard({ ...BOARD, latest: at({ kind }) }, options(79, 23))[2] as string)
      .replaceAll(/[│ ]+/g, ' ')
      .trim();
  assert.is(clock('halfTime'), "80' HALF-TIME");
  assert.is(clock('fullTime'), "80' FULL TIME");
});

test('before the first event there is only the stream', () => {
  const health = [{ text: 'registering', style: 'dim' }] as const;
  assert.equal(formatScoreboard({ ...BOARD, latest: null, recent: [], health }, options(79, 23)), [
    'matchstream client of 127.0.0.1:12345',
    'registering',
  ]);
});

test('where the locale is not UTF-8, every character is ASCII and takes the same columns', () => {
  const lines = formatScoreboard(BOARD, options(79, 23, { unicode: false }));
  assert.is(lines[3], `|${' '.repeat(26)}Galaticos 2 - 0 The Bests${' '.repeat(26)}|`);
  assert.ok(lines.every((line) => /^[ -~]*$/.test(line)));
  assert.is(asciiText('Ça · 字e\u0301 ø…'), 'Ca - ??e ?.');
});

test('the red card is red, the score bold', () => {
  const text = formatScoreboard(BOARD, options(79, 23, { colour: true })).join('\n');
  assert.ok(text.includes("\u001B[31mred Tarn 33'\u001B[0m"), text);
  assert.ok(text.includes('\u001B[1mGaláticos 2 - 0 The Bests\u001B[0m'), text);
});

test('wide characters keep the frame straight', () => {
  const latest = at({ score: '東京 1 - 0 ソウル', teams: [team('東京'), team('ソウル')] });
  for (const line of formatScoreboard({ ...BOARD, latest }, options(59, 23)).slice(1, 5))
    assert.is(displayWidth(line), 59, line);
});

test('whatever the names and the terminal, it fits, and nothing reaches the terminal as a command', () => {
  fc.assert(
    fc.property(
      hostileText,
      fc.integer({ min: 30, max: 130 }),
      fc.integer({ min: 4, max: 50 }),
      (name, columns, rows) => {
        const teams = [team(name, player(name, { goalMinutes: [1], yellowMinute: true })), TEAMS[1]] as const;
        const latest = at({ score: `${name} 1 - 0 ${name}`, phrase: name, teams });
        const board = { ...BOARD, title: name, latest, recent: [latest, latest] };
        for (const unicode of [true, false]) {
          const lines = formatScoreboard(board, options(columns, rows, { unicode, colour: true }));
          assert.ok(lines.length <= rows, `${lines.length} rows`);
          for (const line of lines) {
            assert.is(unsafeCharacter(withoutStyles(line)), null);
            assert.ok(displayWidth(withoutStyles(line)) <= columns, line);
          }
        }
      },
    ),
    { seed: 32, numRuns: 300 },
  );
});

test.run();
