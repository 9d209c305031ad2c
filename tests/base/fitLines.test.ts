import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fitLines } from '../../src/base/fitLines.ts';

const test = suite('lines for the width of a terminal');

test('what fits, and what goes into no terminal, is as it was', () => {
  const text = 'a  b\n\n  c '.padEnd(40, 'x');
  assert.is(fitLines(text, 40), text);
  const long = 'word '.repeat(50);
  assert.is(fitLines(long, null), long);
});

test('a long line breaks between words, the rest further in', () => {
  assert.is(
    fitLines('  flow 1 down: 1000 arrived, none dropped, 0 held at the end', 34),
    '  flow 1 down: 1000 arrived, none\n      dropped, 0 held at the end',
  );
});

test('the rest of what stands beside a label stands under it', () => {
  assert.is(
    fitLines('  loss        0.2% of the datagrams, 2 in a row', 36),
    '  loss        0.2% of the datagrams,\n              2 in a row',
  );
});

test('a word longer than the line is never cut', () => {
  assert.is(
    fitLines('report: /a/folder/with/a/name/longer/than/any/terminal is there', 30),
    'report:\n    /a/folder/with/a/name/longer/than/any/terminal\n    is there',
  );
});

test('a broken command line can still be pasted', () => {
  assert.is(
    fitLines("  matchstream replay a.jsonl --expect 'lost <= 3' --seed 7", 34),
    "  matchstream replay a.jsonl \\\n      --expect 'lost <= 3' \\\n      --seed 7",
  );
});

test('wide characters take two columns', () => {
  assert.is(fitLines('日本日本日本 日本日本日本日本日本', 30), '日本日本日本\n    日本日本日本日本日本');
});

test.run();
