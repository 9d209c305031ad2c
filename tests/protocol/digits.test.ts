import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { countDigits, readHex32, writeDecimal, writeHex32 } from '../../src/protocol/digits.ts';
import { bytesOf, SEED, textOf } from './messages.ts';

const test = suite('digits written by hand');

function written(value: number): string {
  const into = new Uint8Array(20).fill(0x2e);
  const end = writeDecimal(value, countDigits(value), into, 2);
  return textOf(into.subarray(0, end + 1));
}

test('decimals are what String gives, at every edge', () => {
  const edges = [0, 1, 9, 10, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1];
  for (let power = 1; power < 2 ** 53; power *= 10) edges.push(power, power - 1, power + 1);
  for (const value of edges) assert.is(written(value), `..${value}.`);
});

test('decimals are what String gives, for any safe integer', () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.nat()), (value) => {
      assert.is(written(value), `..${String(value)}.`);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('hexadecimals are eight lower-case digits, and read back', () => {
  const into = new Uint8Array(8);
  for (const [value, text] of [
    [0, '00000000'],
    [0xcbf4_3926, 'cbf43926'],
    [0xffff_ffff, 'ffffffff'],
    [0x0123_4567, '01234567'],
    [0x89ab_cdef, '89abcdef'],
  ] as const) {
    writeHex32(value, into, 0);
    assert.is(textOf(into), text);
    assert.is(readHex32(into, 0), value);
  }
});

test('anything but eight lower-case digits is not a hexadecimal', () => {
  for (const text of ['0000000A', '0000000g', '0000000/', '0000000:', '0000000`', '-0000001', '0000 000']) {
    assert.is(readHex32(bytesOf(text), 0), -1, text);
  }
});

test.run();
