import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PayloadDigest } from '../../../harness/recording/payloadDigest.ts';
import { randomStream } from '../../../src/base/random.ts';

const test = suite('the digest of a payload');

const digestOf = (bytes: Uint8Array, start = 0, lengthBytes = bytes.length): string => {
  const digest = new PayloadDigest();
  digest.take(bytes, start, lengthBytes);
  return `${digest.low} ${digest.high}`;
};

test('goes by the bytes alone, wherever in memory they stand', () => {
  const random = randomStream('digest/place');
  for (let lengthBytes = 0; lengthBytes < 70; lengthBytes += 1) {
    const bytes = Uint8Array.from({ length: lengthBytes }, () => random.draw() * 256);
    const expected = digestOf(bytes);
    const digest = new PayloadDigest();
    for (let start = 0; start < 9; start += 1) {
      const arena = new Uint8Array(lengthBytes + 20).fill(start);
      arena.set(bytes, start);
      digest.take(arena, start, lengthBytes);
      assert.is(`${digest.low} ${digest.high}`, expected, `${lengthBytes} bytes at ${start}`);
      digest.take(arena.subarray(start), 0, lengthBytes);
      assert.is(`${digest.low} ${digest.high}`, expected, `${lengthBytes} bytes of a view at ${start}`);
    }
  }
});

test('any changed bit, any other length, and any exchange of bytes are seen', () => {
  const random = randomStream('digest/change');
  const seen = new Set<string>();
  for (const lengthBytes of [1, 3, 8, 17, 64, 1200]) {
    const bytes = Uint8Array.from({ length: lengthBytes }, () => random.draw() * 256);
    seen.add(digestOf(bytes));
    const before = seen.size;
    for (let bit = 0; bit < 8 * lengthBytes; bit += 1) {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      seen.add(digestOf(changed));
    }
    assert.is(seen.size - before, 8 * lengthBytes, `${lengthBytes} bytes`);
  }
  const zeros = new Set(
    Array.from({ length: 300 }, (_, lengthBytes) => digestOf(new Uint8Array(lengthBytes))),
  );
  assert.is(zeros.size, 300);
  const text = Buffer.from('abcdefghijklmnopqrstuvwxyz');
  const swapped = new Set<string>();
  for (let one = 0; one < text.length; one += 1) {
    for (let other = 0; other < one; other += 1) {
      const copy = Buffer.from(text);
      copy[one] = text[other] as number;
      copy[other] = text[one] as number;
      swapped.add(digestOf(copy));
    }
  }
  assert.is(swapped.size, (text.length * (text.length - 1)) / 2);
});

test('a million payloads that differ in a counter have a million digests', () => {
  const bytes = Buffer.alloc(24);
  const halves = [new Set<number>(), new Set<number>()] as const;
  const digest = new PayloadDigest();
  const COUNT = 1_000_000;
  const both = new Set<number>();
  for (let k = 0; k < COUNT; k += 1) {
    bytes.writeUInt32BE(k, 3);
    digest.take(bytes, 0, bytes.length);
    both.add(digest.high * 2 ** 20 + (digest.low >>> 12));
    if (k < 100_000) {
      halves[0].add(digest.low);
      halves[1].add(digest.high);
    }
  }
  // 52 of the 64 bits: of 5e11 pairs, one in 10,000 runs would meet.
  assert.is(both.size, COUNT);
  // 32 bits each: about one pair in 100,000 drawn at random meets.
  for (const half of halves) assert.ok(half.size > 100_000 - 12, `${half.size}`);
});

test.run();
