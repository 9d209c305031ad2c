import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCount } from '../../src/protocol/stream.ts';
import { bytesOf, SEED } from './messages.ts';

const test = suite('the count at the head');

const read = (text: string): number => readCount(bytesOf(text), 0, bytesOf(text).length);
const HEAD = '{"message":{"count":';

test('is read up to the largest safe integer', () => {
  for (const count of [0, 1, 9, 10, 4_294_967_295, 4_294_967_296, 9_007_199_254_740_991]) {
    assert.is(read(`${HEAD}${count},"score"`), count);
    assert.is(read(`${HEAD}${count}}}`), count);
  }
});

test('is −1 for every number that is not a plain count', () => {
  const numbers = [
    '-1',
    '-0',
    '+1',
    '1.5',
    '1e3',
    '1E3',
    '01',
    '00',
    '"1"',
    ' 1',
    '1 ',
    '',
    'null',
    '9007199254740992',
    '9007199254740993',
    '9999999999999999',
    '10000000000000000',
    '1e400',
    '9'.repeat(400),
    '0000000000000000000001',
  ];
  for (const number of numbers) assert.is(read(`${HEAD}${number},`), -1, number);
});

test('is −1 for every other head', () => {
  for (const text of [
    '',
    '{',
    HEAD,
    `${HEAD}12`,
    ` ${HEAD}1,`,
    '{"message": {"count": 1, ',
    '{"end":{"count":1}}',
  ]) {
    assert.is(read(text), -1, text);
  }
});

test('is read within the range alone', () => {
  const arena = bytesOf(`${HEAD}1${HEAD}234,99`);
  assert.is(readCount(arena, 21, arena.length - 21), 234);
  assert.is(readCount(arena, 21, 23), -1, 'the range ends inside the number');
  assert.is(readCount(arena, 21, 24), 234);
  assert.is(readCount(arena, arena.length - 4, 60), -1, 'past the end of the arena');
});

test('agrees with JSON for any safe integer', () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(1000)), (count) => {
      assert.is(read(JSON.stringify({ message: { count, score: '' } })), count);
    }),
    { seed: SEED },
  );
});

test('is never read from random bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      assert.is(readCount(bytes, 0, bytes.length), -1);
    }),
    { seed: SEED },
  );
});

test.run();
