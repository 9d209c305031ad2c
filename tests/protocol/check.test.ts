import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crc32 } from '../../src/protocol/crc32.ts';
import { encodeStreamMessage, verifyCheck } from '../../src/protocol/stream.ts';
import { anyMessage, bytesOf, GOAL, KICK_OFF, SEED, textOf } from './messages.ts';

const test = suite('the check of a datagram');

const verify = (bytes: Uint8Array): string => verifyCheck(bytes, 0, bytes.length);

test('is the last key of the message: the CRC-32 with its own digits as zeros', () => {
  const bytes = encodeStreamMessage(KICK_OFF, { check: true, datagramSizeBytes: 400 });
  const text = textOf(bytes);
  const digits = /"atUs":0,"check":"([0-9a-f]{8})"\},"timeA":/.exec(text)?.[1] as string;
  const zeroed = bytesOf(text.replace(digits, '00000000'));
  assert.is(Number.parseInt(digits, 16), crc32(zeroed, 0, zeroed.length));
  assert.is.not(digits, '00000000');
});

test('holds for every message as it was encoded, anywhere in an arena', () => {
  fc.assert(
    fc.property(anyMessage, fc.nat(40), (message, offset) => {
      const bytes = encodeStreamMessage(message, { check: true });
      const arena = new Uint8Array(offset + bytes.length + 9).fill(0x7d);
      arena.set(bytes, offset);
      assert.is(verifyCheck(arena, offset, bytes.length), 'good');
      assert.is.not(verifyCheck(arena, offset, bytes.length + 1), 'good');
      assert.is.not(verifyCheck(arena, offset, bytes.length - 1), 'good');
      assert.is(verify(encodeStreamMessage(message)), 'absent');
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test('no single flipped bit verifies as good', () => {
  const bytes = encodeStreamMessage(GOAL, { check: true, datagramSizeBytes: 500 });
  const seen = { good: 0, bad: 0, absent: 0 };
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const at = bit >> 3;
    bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
    seen[verifyCheck(bytes, 0, bytes.length)] += 1;
    bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
  }
  assert.is(seen.good, 0);
  assert.is(seen.bad + seen.absent, 4000);
  // The key and what follows it are 10 + 10 bytes; of a digit's eight flips some leave no digit at all.
  assert.ok(seen.absent >= 160 && seen.absent <= 160 + 64, `${seen.absent} absent`);
  assert.is(verify(bytes), 'good');
});

test('text that looks like a check is not taken for one', () => {
  const content = '"},"check":"00000000"},"timeA":[]';
  assert.is(verify(encodeStreamMessage({ ...KICK_OFF, content })), 'absent');
  assert.is(verify(encodeStreamMessage({ ...KICK_OFF, content, score: content }, { check: true })), 'good');
});

test('a wrong check is bad, and one that is not eight lower-case digits is absent', () => {
  const text = textOf(encodeStreamMessage(KICK_OFF, { check: true }));
  const withCheck = (check: string): Uint8Array =>
    bytesOf(text.replace(/"check":"[^"]*"/, `"check":${check}`));
  assert.is(verify(withCheck('"00000000"')), 'bad');
  for (const check of ['"0000000"', '"000000000"', '"ABCDEF01"', '12345678', 'null', '"0000000g"']) {
    assert.is(verify(withCheck(check)), 'absent', check);
  }
});

test('never throws, on random bytes or ranges past the arena', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(200), (bytes, offset, lengthBytes) => {
      assert.is(verifyCheck(bytes, offset, lengthBytes), 'absent');
    }),
    { seed: SEED },
  );
});

test.run();
