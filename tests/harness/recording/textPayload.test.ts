/** Against Node's own JSON: what it writes, and what it reads. */
import { isUtf8 } from 'node:buffer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readText, textBytes, writeText } from '../../../harness/recording/textPayload.ts';
import { randomStream } from '../../../src/base/random.ts';

const test = suite('a payload as text');

/** Written at some place of a larger buffer; null for what is no UTF-8. */
function write(payload: Uint8Array, at: number): string | null {
  const from = Buffer.concat([Buffer.from('"\\"'), payload, Buffer.from('"\\"\n')]);
  const into = Buffer.alloc(at + 6 * payload.length + 8, 0xee);
  const end = writeText(into, at, from, 3, 3 + payload.length);
  assert.ok(into.subarray(0, at).every((byte) => byte === 0xee));
  return end < 0 ? null : into.toString('utf8', at, end);
}

/** Read from the middle of a buffer; null for what is refused. @param text without its closing quote */
function read(text: Uint8Array, at: number): Buffer | null {
  const from = Buffer.concat([Buffer.from('""'), text, Buffer.from('","x":"\\"')]);
  const into = Buffer.alloc(at + from.length, 0xee);
  const quoteAt = readText(from, 2, from.length, into, at);
  assert.ok(into.subarray(0, at).every((byte) => byte === 0xee));
  if (quoteAt !== 2 + text.length) return null;
  return into.subarray(at, at + textBytes);
}

test('of every byte at every place of a word: what Node writes, and back again', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    for (let place = 0; place < 9; place += 1) {
      const payload = Buffer.from('abcdefghi');
      payload[place] = byte;
      const expected = isUtf8(payload) ? JSON.stringify(payload.toString()).slice(1, -1) : null;
      const text = write(payload, place & 3);
      assert.is(text, expected, `${byte} at ${place}`);
      if (text !== null) assert.equal(read(Buffer.from(text), place & 3), payload);
    }
  }
});

/** Letters, escapes, control characters, characters of two to four bytes, and bytes that are none. */
const PIECES = ['a', 'bcd', ' '.repeat(9), '"', '\\', '\n', '\u0001', '\u001f', '\u007f', 'é', '€', '😀'].map(
  (text) => Buffer.from(text),
);
const BROKEN = [[0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0x80]].map((bytes) =>
  Buffer.from(bytes),
);

test('of any mixture: what Node writes, and back again; bytes that are no UTF-8, and text that is too long, are refused', () => {
  const random = randomStream('textPayload');
  const one = <T>(list: readonly T[]): T => list[Math.floor(random.draw() * list.length)] as T;
  let refused = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const pieces = Array.from({ length: round % 12 }, () => one(random.draw() < 0.02 ? BROKEN : PIECES));
    const payload = Buffer.concat(pieces);
    const at = round % 5;
    const text = write(payload, at);
    const expected = JSON.stringify(payload.toString()).slice(1, -1);
    // Where it would be too long, base64 is shorter.
    if (!isUtf8(payload) || Buffer.byteLength(expected) > 2 * payload.length + 16) {
      refused += 1;
      assert.is(text, null);
      continue;
    }
    assert.is(text, expected);
    assert.equal(read(Buffer.from(text as string), at), payload);
  }
  assert.ok(refused > 500, `${refused}`);
});

test('text with any byte changed is read as Node reads it, or left to the slow path', () => {
  const random = randomStream('textPayload/changed');
  let taken = 0;
  for (let round = 0; round < 30_000; round += 1) {
    const pieces = Array.from(
      { length: 6 },
      () => PIECES[Math.floor(random.draw() * PIECES.length)] as Buffer,
    );
    const text = Buffer.from(JSON.stringify(Buffer.concat(pieces).toString()).slice(1, -1));
    if (text.length === 0) continue;
    text[Math.floor(random.draw() * text.length)] = Math.floor(random.draw() * 256);
    const payload = read(text, 1);
    if (payload === null) continue;
    taken += 1;
    assert.ok(isUtf8(text));
    assert.equal(payload, Buffer.from(JSON.parse(`"${text.toString()}"`) as string));
  }
  assert.ok(taken > 5000, `${taken}`);
});

test.run();
