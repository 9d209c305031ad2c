import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { displayWidth, padToWidth, printable } from '../../src/base/printable.ts';
import { hostileText, unsafeCharacter } from '../display/hostile.ts';

const test = suite('text made safe for a terminal');

test('ordinary text comes back as it is', () => {
  for (const text of ['', 'Galáticos 1 - 0 The Bests', 'e\u0301', '得点!', 'a  b', '[31m', 'C:\\x'])
    assert.is(printable(text), text);
});

test('escape sequences go whole, with 7-bit and 8-bit introducers, finished or cut short', () => {
  const cases: [string, string][] = [
    ['a\u001B[31mb\u001B[0mc', 'abc'],
    ['a\u001B[1;2Hb', 'ab'],
    ['a\u001B[?25lb', 'ab'],
    ['a\u009B2Jb', 'ab'],
    ['a\u001B]0;title\u0007b', 'ab'],
    ['a\u001B]8;;http://x\u001B\\b\u001B]8;;\u001B\\c', 'abc'],
    ['a\u009D0;title\u009Cb', 'ab'],
    ['a\u001BPq#0\u001B\\b', 'ab'],
    ['a\u001Bcb', 'ab'],
    ['a\u001B(Bb', 'ab'],
    ['a\u001B', 'a'],
    ['a\u001B[', 'a'],
    ['a\u001B[31', 'a'],
    ['a\u001B]0;title', 'a'],
    ['a\u001B\u001B[31mb', 'ab'],
    ['a\u001B[\u001B[31mb', 'ab'],
  ];
  for (const [text, expected] of cases) assert.is(printable(text), expected, JSON.stringify(text));
});

test('other controls go, line breaks and tabs become one space, half a pair is marked', () => {
  assert.is(printable('a\u0000\u0007\b\u007F\u0085b'), 'a b');
  assert.is(printable('a\r\n\tb\u2028c'), 'a b c');
  assert.is(printable('a\u202Eb\u200Bc\u2066d\uFEFF'), 'abcd');
  assert.is(printable('a\uD83Db'), 'a\uFFFDb');
});

test('nothing a terminal obeys is left of any text, and a second time changes nothing', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const safe = printable(text);
      assert.is(unsafeCharacter(safe), null, JSON.stringify(safe));
      assert.is(safe.includes('\n'), false);
      assert.is(printable(safe), safe);
    }),
    { seed: 5, numRuns: 500 },
  );
});

test('a long run of openings that never end takes linear time', () => {
  for (const opening of ['\u001B]', '\u001B[', '\u001B', '\u009D', '\u001B[1;', '\u001B(']) {
    assert.is(printable(opening.repeat(50_000)), '');
  }
});

test('width counts columns: two for a wide character, none for a combining mark', () => {
  const cases: [string, number][] = [
    ['', 0],
    ['abc', 3],
    ['Galáticos', 9],
    ['Gala\u0301ticos', 9],
    ['得点', 4],
    ['ゴール', 6],
    ['\uFF7A\uFF9E', 2],
    ['골', 2],
    ['\uFF01', 2],
    ['🦊', 2],
    ["23'", 3],
  ];
  for (const [text, columns] of cases) assert.is(displayWidth(text), columns, text);
});

test('padding fills up to a width and never cuts', () => {
  assert.is(padToWidth('得', 4), '得  ');
  assert.is(padToWidth('abc', 2), 'abc');
});

test.run();
