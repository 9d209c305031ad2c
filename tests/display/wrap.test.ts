import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { usableWidth, wordsOf, wrap } from '../../src/display/wrap.ts';

const test = suite('words laid out in lines');

test('words fill a line up to its width', () => {
  assert.equal(wrap(wordsOf('aa bb  cc d'), 5, false), ['aa bb', 'cc d']);
  assert.equal(wrap(wordsOf('aa bb cc'), 4, false), ['aa', 'bb', 'cc']);
  assert.equal(wrap([], 4, false), ['']);
});

test('a word longer than a line is cut, wide characters and combining marks kept whole', () => {
  assert.equal(wrap(wordsOf('a bcdefgh'), 3, false), ['a', 'bcd', 'efg', 'h']);
  assert.equal(wrap(wordsOf('得点得点'), 3, false), ['得', '点', '得', '点']);
  assert.equal(wrap(wordsOf('abe\u0301c'), 3, false), ['abe\u0301', 'c']);
});

test('colour wraps neighbours of one style once, and each line on its own', () => {
  const words = [...wordsOf('aa bb cc', 'bold'), ...wordsOf('dd')];
  assert.equal(wrap(words, 5, true), ['\u001B[1maa bb\u001B[0m', '\u001B[1mcc\u001B[0m dd']);
  assert.equal(wrap(words, 5, false), ['aa bb', 'cc dd']);
});

test('a terminal below 30 columns is treated as one of 30', () => {
  assert.is(usableWidth({ colour: false, widthColumns: 0 }), 30);
  assert.is(usableWidth({ colour: false, widthColumns: 80 }), 80);
});

test.run();
