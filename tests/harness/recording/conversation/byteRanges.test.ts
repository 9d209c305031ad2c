import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_BYTES, readByteRanges } from '../../../../harness/recording/conversation/byteRanges.ts';
import type { ByteRanges } from '../../../../harness/recording/conversation/byteRanges.ts';
import { refusal } from '../../../refusals.ts';

const test = suite('ranges of bytes');

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const read = (text: string): ByteRanges => readByteRanges(text, '--ignore');
const areEqual = (ranges: ByteRanges, one: string, other: string): boolean =>
  ranges.areEqualBut(bytes(`..${one}`), 2, one.length, bytes(other), 0, other.length);

test('both ends are included; they are put in order and together', () => {
  for (const [text, wanted] of [
    ['0..1', [[0, 2]]],
    ['4', [[4, 5]]],
    [
      '8..11,0..1',
      [
        [0, 2],
        [8, 12],
      ],
    ],
    ['0..3,2..5', [[0, 6]]],
    ['0..1,2..3', [[0, 4]]],
    ['1..9,3..4', [[1, 10]]],
    ['65506', [[65_506, 65_507]]],
  ] as const) {
    assert.equal(
      read(text).ranges.map(({ from, to }) => [from, to]),
      wanted,
      text,
    );
  }
});

test('anything else is refused', () => {
  for (const [text, code] of [
    ['', 'value-format'],
    ['a', 'value-format'],
    ['1-2', 'value-format'],
    ['-1', 'value-format'],
    ['0..1,', 'value-format'],
    ['5..3', 'value-range'],
    ['65507', 'value-range'],
    ['0..65507', 'value-range'],
  ] as const) {
    assert.throws(() => read(text), refusal(code, '--ignore'), text);
  }
});

test('what is ignored does not count, everything else does', () => {
  for (const [text, one, other, wanted] of [
    ['0..1', 'abcd', 'xycd', true],
    ['0..1', 'abcd', 'xycD', false],
    ['1..2', 'abcd', 'axyd', true],
    ['1..2', 'abcd', 'Axyd', false],
    ['3..9', 'abcd', 'abcX', true],
    ['3..9', 'abcd', 'abc', false],
    ['0', '', '', true],
    ['0..3', 'abcd', 'wxyz', true],
  ] as const) {
    assert.is(areEqual(read(text), one, other), wanted, `${text} ${one} ${other}`);
  }
  assert.is(areEqual(NO_BYTES, 'abcd', 'abcd'), true);
  assert.is(areEqual(NO_BYTES, 'abcd', 'abcD'), false);
});

test('equal payloads have equal hashes; others mostly have others', () => {
  const ranges = read('1..2');
  const hash = (text: string, salt = 0): number => ranges.hash(bytes(`__${text}`), 2, text.length, salt);
  assert.is(hash('abcd'), hash('axyd'));
  assert.is(hash('a'), hash('a'));
  const hashes = new Set(['abcd', 'abce', 'bbcd', 'abcde', 'abc', 'a', ''].map((text) => hash(text)));
  assert.is(hashes.size, 7);
  assert.is.not(hash('abcd', 1), hash('abcd', 2));
});

test('runs of differing bytes are found, not those that are ignored', () => {
  const runs = (ranges: ByteRanges, one: string, other: string): number[][] =>
    ranges.differences(bytes(one), bytes(other)).map(({ from, to }) => [from, to]);
  assert.equal(runs(NO_BYTES, 'abcdef', 'abcdef'), []);
  assert.equal(runs(NO_BYTES, 'abcdef', 'Abcdef'), [[0, 1]]);
  assert.equal(runs(NO_BYTES, 'abcdef', 'aBCdeF'), [
    [1, 3],
    [5, 6],
  ]);
  assert.equal(runs(NO_BYTES, 'abc', 'abX def'), [[2, 3]]);
  assert.equal(runs(read('2..3'), 'abcdef', 'aXXXXf'), [
    [1, 2],
    [4, 5],
  ]);
});

test('bytes are copied from one payload to the same places of another, as far as both have them', () => {
  const ranges = read('0..1,5');
  const kept = new Uint8Array(3).fill(0x2e);
  ranges.extract(bytes('_abcdef'), 1, 6, kept, 0);
  assert.is(Buffer.from(kept).toString(), 'abf');
  const into = bytes('123456789');
  ranges.insert(kept, 0, into, 1, 8);
  assert.is(Buffer.from(into).toString(), '1ab456f89');
  const short = bytes('123');
  ranges.insert(kept, 0, short, 1, 1);
  assert.is(Buffer.from(short).toString(), '1a3');
});

test.run();
