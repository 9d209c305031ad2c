import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { quoteWord } from '../../src/base/shellWord.ts';

const test = suite('words for a shell');

test('a word that a shell would change is quoted', () => {
  for (const [word, quoted] of [
    ['a-b_c/d.e:1,2@x=5%+', 'a-b_c/d.e:1,2@x=5%+'],
    ['lost<=3', "'lost<=3'"],
    ["it's", String.raw`'it'\''s'`],
    ['', "''"],
    ['$HOME `x` "y"', `'$HOME \`x\` "y"'`],
  ] as const) {
    assert.is(quoteWord(word), quoted);
  }
});

test('a word that would drive the terminal can still be copied from it, byte for byte', () => {
  for (const [word, quoted] of [
    ['\u001B[2J', String.raw`$'\033[2J'`],
    ["it's\n\\", String.raw`$'it\047s\012\134'`],
    ['a\u202Eé', String.raw`$'a\342\200\256\303\251'`],
  ] as const) {
    assert.is(quoteWord(word), quoted);
    assert.is(execFileSync('bash', ['-c', `printf %s ${quoted}`], { encoding: 'utf8' }), word);
  }
});

test.run();
