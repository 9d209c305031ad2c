import * as fc from 'fast-check';
import * as zlib from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crc32 } from '../../src/protocol/crc32.ts';
import { bytesOf, SEED } from './messages.ts';

/** Bit by bit, from the polynomial. */
function crc32ByBits(bytes: Uint8Array): number {
  let register = 0xffff_ffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = ((register ^ (byte >>> bit)) & 1) === 1;
      register = isOdd ? (register >>> 1) ^ 0xedb8_8320 : register >>> 1;
    }
  }
  return (register ^ 0xffff_ffff) >>> 0;
}

const test = suite('the CRC-32');

test('has the published values', () => {
  const vectors: [string, number][] = [
    ['', 0x0000_0000],
    ['a', 0xe8b7_be43],
    ['abc', 0x3524_41c2],
    ['123456789', 0xcbf4_3926],
    ['The quick brown fox jumps over the lazy dog', 0x414f_a339],
  ];
  for (const [text, expected] of vectors) {
    assert.is(crc32(bytesOf(text), 0, bytesOf(text).length), expected, text);
  }
});

test('is the polynomial, bit by bit, over any range of an arena', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), fc.nat(300), (bytes, a, b) => {
      const from = Math.min(a, b, bytes.length);
      const to = Math.min(Math.max(a, b), bytes.length);
      assert.is(crc32(bytes, from, to), crc32ByBits(bytes.subarray(from, to)));
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test('goes on from the value of what came before', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
      const middle = Math.min(cut, bytes.length);
      const whole = crc32(bytes, 0, bytes.length);
      assert.is(crc32(bytes, middle, bytes.length, crc32(bytes, 0, middle)), whole);
    }),
    { seed: SEED, numRuns: 100 },
  );
});

test('is zlib’s where this Node has it', () => {
  const theirs = (zlib as { crc32?: (bytes: Uint8Array) => number }).crc32;
  if (theirs === undefined) return;
  const bytes = Uint8Array.from({ length: 10_007 }, (_, k) => (k * 167 + (k >> 3)) & 0xff);
  assert.is(crc32(bytes, 0, bytes.length), theirs(bytes));
});

test.run();
