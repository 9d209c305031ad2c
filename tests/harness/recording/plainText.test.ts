import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { copyPlain } from '../../../harness/recording/plainText.ts';
import { randomStream } from '../../../src/base/random.ts';

const test = suite('plain bytes');

/** From the definition: what JSON text has unescaped, of ASCII. */
const isPlain = (byte: number): boolean =>
  byte < 0x80 && JSON.stringify(String.fromCharCode(byte)).length === 3 && byte !== 0x5c && byte >= 0x20;

test('of every two bytes, at every distance, those are copied that stand before the first that is not plain', () => {
  const from = new Uint8Array(24).fill(0x61);
  const into = new Uint8Array(24);
  for (let byte = 0; byte < 256; byte += 1) {
    for (let at = 0; at < 12; at += 1) {
      from.fill(0x61);
      from[at] = byte;
      // What stands behind must not matter.
      from[at + 1] = (byte * 7) & 255;
      const ends = [at, at + 1].find((place) => !isPlain(from[place] as number)) ?? 24;
      into.fill(0);
      assert.is(copyPlain(from, 0, 24, into, 0), ends, `${byte} at ${at}`);
      assert.equal(into.subarray(0, ends), from.subarray(0, ends));
      assert.is(into[ends] ?? 0, 0);
    }
  }
});

test('any part of one buffer goes to any place of another', () => {
  const random = randomStream('plainText');
  const draw = (below: number): number => Math.floor(random.draw() * below);
  for (let round = 0; round < 20_000; round += 1) {
    const from = Uint8Array.from({ length: 40 }, () => (draw(12) === 0 ? draw(256) : 0x20 + draw(0x5f)));
    const start = draw(20);
    const end = start + draw(20);
    const at = draw(20);
    const into = new Uint8Array(60).fill(0xee);
    const found = from.subarray(start, end).findIndex((byte) => !isPlain(byte));
    const expected = found < 0 ? end - start : found;
    assert.is(copyPlain(from, start, end, into, at), expected);
    assert.equal(into.subarray(at, at + expected), from.subarray(start, start + expected));
    assert.ok(into.every((byte, k) => (k >= at && k < at + expected) || byte === 0xee));
  }
});

test.run();
