import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { escaped, escapedButStyles, jsonText, linesOf } from '../../src/base/escape.ts';
import { anyText } from '../anyText.ts';
import { hostileText, unsafeCharacter } from '../display/hostile.ts';

const test = suite('text of others, made visible');

test('ordinary text comes back as it is', () => {
  for (const text of ['', 'Galáticos 1 - 0', 'e\u0301', '得点!', 'a  b', '[31m', 'C:\\x', '🦊', '\\u001b'])
    assert.is(escaped(text), text);
});

test('what drives a terminal, hides or breaks a line is written as JSON writes it', () => {
  const cases: [string, string][] = [
    ['\u001B[2J', String.raw`\u001b[2J`],
    ['\u0000\u0007\u007F', String.raw`\u0000\u0007\u007f`],
    ['a\b\t\n\f\rb', String.raw`a\b\t\n\f\rb`],
    ['\u0085\u009B31m', String.raw`\u0085\u009b31m`],
    ['a\u202Eb\u2066\u200F\u061C', String.raw`a\u202eb\u2066\u200f\u061c`],
    ['a\u200B\u200D\uFEFF\u00AD', String.raw`a\u200b\u200d\ufeff\u00ad`],
    ['\u2028\u2029', String.raw`\u2028\u2029`],
    ['\uD800x\uDC00', String.raw`\ud800x\udc00`],
    ['\u{E0041}', String.raw`\udb40\udc41`],
  ];
  for (const [text, visible] of cases) assert.is(escaped(text), visible);
});

test('nothing a terminal obeys is left of any text, it stays one line, and a parser of JSON has it back', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const visible = escaped(text);
      assert.is(unsafeCharacter(visible), null, JSON.stringify(visible));
      assert.is(visible.includes('\n'), false);
      assert.is(escaped(visible), visible);
      const quoted = visible.replaceAll('"', String.raw`\"`);
      // A backslash of the text's own is not doubled: the line is for people.
      if (!text.includes('\\')) assert.is(JSON.parse(`"${quoted}"`), text);
    }),
    { seed: 9, numRuns: 500 },
  );
});

test('colour codes and line breaks of our own display stay, and nothing else does', () => {
  assert.is(
    escapedButStyles('\u001B[1ma\u001B[0m\nb\u001B[2J\u001B]0;t\u0007\u001B[1;31m\r'),
    `\u001B[1ma\u001B[0m\nb${String.raw`\u001b[2J\u001b]0;t\u0007\u001b[1;31m\r`}`,
  );
});

test('JSON for programs can be shown in a terminal, and reads as the same value', () => {
  assert.is(
    jsonText({ a: '\u001B\u009B\u202E\u2028\u200B\u007F\uD800é"\n', '\u2066': [1, null] }, 1),
    String.raw`{
 "a": "\u001b\u009b\u202e\u2028\u200b\u007f\ud800é\"\n",
 "\u2066": [
  1,
  null
 ]
}`,
  );
  fc.assert(
    fc.property(fc.dictionary(anyText(), hostileText), fc.constantFrom(undefined, 2), (value, indent) => {
      const text = jsonText(value, indent);
      assert.is(unsafeCharacter(text), null, text);
      assert.equal(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.is(text.includes('\n'), indent !== undefined && Object.keys(value).length > 0);
    }),
    { seed: 10, numRuns: 300 },
  );
});

test('a text of many lines is cut at its line breaks, the last of which ends it', () => {
  assert.equal(linesOf('a\n\nb\n'), ['a', '', 'b']);
  assert.equal(linesOf('a'), ['a']);
});

test.run();
