import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  encodeStreamMessage,
  prepareStreamTemplate,
  prepareStreamTemplates,
  templateLength,
  templateMaxLength,
  writeStreamDatagram,
} from '../../src/protocol/stream.ts';
import type { StreamMessage } from '../../src/protocol/stream.ts';
import { anyMessage, GOAL, KICK_OFF, player, SEED, textOf } from './messages.ts';

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
      const template = prepareStreamTemplate(content, check);
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

test('of several events are those of each by itself, whatever line-ups and players they share', () => {
  const arena = new Uint8Array(70_000);
  const choice = fc.array(fc.nat(2), { minLength: 5, maxLength: 5 });
  const three = fc.tuple(anyMessage, anyMessage, anyMessage);
  fc.assert(
    fc.property(three, fc.array(choice, { maxLength: 12 }), fc.boolean(), (messages, choices, check) => {
      const part = (k: number | undefined) => messages[k as number] as StreamMessage;
      const contents = choices.map(([event, a, b, keeperA, keeperB]) => ({
        ...part(event),
        teamA: part(a).teamA,
        // A player within another list is the same object, too.
        teamB: event === 0 ? [...part(b).teamB, part(keeperB).goalkeeperA] : part(b).teamB,
        goalkeeperA: part(keeperA).goalkeeperA,
        goalkeeperB: part(keeperB).goalkeeperB,
      }));
      const written = prepareStreamTemplates(contents, check).map((template) =>
        textOf(arena.slice(0, writeStreamDatagram(template, 7, 70, arena, 0, 0))),
      );
      assert.equal(
        written,
        contents.map((content) => textOf(encodeStreamMessage({ ...content, count: 7, atUs: 70 }, { check }))),
      );
    }),
    { seed: SEED, numRuns: 60 },
  );
});

test('of several events throw when any of them is outside the limits', () => {
  const tooLate = { ...KICK_OFF, minute: 1000 };
  const tooLong = { ...KICK_OFF, teamA: [player('x'.repeat(129))] };
  for (const bad of [tooLate, tooLong]) {
    assert.throws(() => prepareStreamTemplates([KICK_OFF, bad, KICK_OFF]), /outside the limits/);
  }
  assert.equal(prepareStreamTemplates([]), []);
});

test('knows its longest datagram', () => {
  const template = prepareStreamTemplate(GOAL, true);
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
