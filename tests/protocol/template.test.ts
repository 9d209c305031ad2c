import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  encodeStreamMessage,
  prepareStreamTemplate,
  templateLength,
  templateMaxLength,
  writeStreamDatagram,
} from '../../src/protocol/stream.ts';
import { anyMessage, GOAL, KICK_OFF, SEED, textOf } from './messages.ts';

const test = suite('a stream template');

test('writes the literal datagram in the middle of an arena, and nothing around it', () => {
  const arena = new Uint8Array(600).fill(0x2e);
  const template = prepareStreamTemplate(KICK_OFF);
  const lengthBytes = writeStreamDatagram(template, 12, 4_294_967_296_000, arena, 100, 300);
  assert.is(lengthBytes, 300);
  const expected =
    '{"message":{"count":12,"score":"Galáticos 0 - 0 The Bests","content":"Começa o \\"jogo\\"","type":5,"minute":0,"atUs":4294967296000},' +
    '"timeA":[{"nome":"Zé"}],"timeB":[{"nome":"Ann"}],"goleiroA":{"nome":"Ivo"},"goleiroB":{"nome":"Bob"}}';
  assert.is(textOf(arena.subarray(100, 400)).trimEnd(), expected);
  assert.ok(arena.subarray(0, 100).every((byte) => byte === 0x2e));
  assert.ok(arena.subarray(400).every((byte) => byte === 0x2e));
});

test('writes the bytes of the plain encoder, at any place in the stream, padded or checked', () => {
  const place = fc.tuple(fc.maxSafeNat(), fc.maxSafeNat(), fc.boolean());
  const anyPlace = fc.oneof(place, fc.tuple(fc.nat(2000), fc.nat(100_000), fc.boolean()));
  const arena = new Uint8Array(70_000);
  fc.assert(
    fc.property(anyMessage, fc.array(anyPlace, { minLength: 1 }), fc.boolean(), (content, places, check) => {
      const template = prepareStreamTemplate(content, { check });
      for (const [n, atUs, isPadded] of places) {
        const message = { ...content, count: n + (n === 0 ? 1 : 0), atUs };
        const size = isPadded ? { datagramSizeBytes: 20_000 } : {};
        const expected = encodeStreamMessage(message, { check, ...size });
        arena.fill(0x2e);
        const lengthBytes = writeStreamDatagram(
          template,
          message.count,
          atUs,
          arena,
          7,
          isPadded ? 20_000 : 0,
        );
        assert.is(Buffer.compare(arena.subarray(7, 7 + lengthBytes), expected), 0);
        assert.is(arena[7 + lengthBytes], 0x2e);
        if (!isPadded) assert.is(templateLength(template, message.count, atUs), lengthBytes);
      }
    }),
    { seed: SEED, numRuns: 60 },
  );
});

test('knows its longest datagram', () => {
  const template = prepareStreamTemplate(GOAL, { check: true });
  const most = Number.MAX_SAFE_INTEGER;
  const longest = encodeStreamMessage({ ...GOAL, count: most, atUs: most }, { check: true });
  assert.is(templateMaxLength(template), longest.length);
});

test('throws with nothing written when the datagram, the size or the arena is too small', () => {
  const template = prepareStreamTemplate(KICK_OFF);
  const plainBytes = templateLength(template, 9, 9);
  const arena = new Uint8Array(plainBytes + 10).fill(0x2e);
  const attempts: [number, number, number, number][] = [
    [9, 9, 0, plainBytes - 1],
    [10, 9, 0, plainBytes],
    [9, 10, 0, plainBytes],
    [9, 9, 11, plainBytes],
    [9, 9, 0, 65_508],
    [0, 9, 0, 0],
    [1.5, 9, 0, 0],
    [2 ** 53, 9, 0, 0],
    [9, -1, 0, 0],
    [9, 0.5, 0, 0],
  ];
  for (const [count, atUs, at, sizeBytes] of attempts) {
    assert.throws(
      () => writeStreamDatagram(template, count, atUs, arena, at, sizeBytes),
      undefined,
      `${count}`,
    );
    assert.ok(arena.every((byte) => byte === 0x2e));
  }
  assert.is(writeStreamDatagram(template, 9, 9, arena, 10, plainBytes), plainBytes);
  const wide = new Uint8Array(70_000);
  assert.is(writeStreamDatagram(template, 9, 9, wide, 0, 65_507), 65_507);
  assert.throws(() => writeStreamDatagram(template, 9, 9, wide, 0, 65_508), /does not fit/);
});

test.run();
