import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BankLayout } from '../../src/protocol/bankLayout.ts';
import { encodeStreamMessage, prepareStreamTemplate } from '../../src/protocol/stream.ts';
import { anyMessage, GOAL, KICK_OFF, textOf } from './messages.ts';

const test = suite('a bank laid out');

test('is the literal datagram, whatever numbers of that length are written into it', () => {
  const layout = new BankLayout([prepareStreamTemplate(KICK_OFF)], 0);
  layout.aim(10, 100);
  layout.write(0, new Uint8Array(600), 0);
  layout.aim(42, 987);
  const arena = new Uint8Array(600).fill(0x2e);
  const expected =
    '{"message":{"count":42,"score":"Galáticos 0 - 0 The Bests","content":"Começa o \\"jogo\\"","type":5,"minute":0,"atUs":987},' +
    '"timeA":[{"nome":"Zé"}],"timeB":[{"nome":"Ann"}],"goleiroA":{"nome":"Ivo"},"goleiroB":{"nome":"Bob"}}';
  const lengthBytes = layout.write(0, arena, 50);
  assert.is(textOf(arena.subarray(50, 50 + lengthBytes)), expected);
  assert.is(layout.lengthBytes(0), lengthBytes);
  assert.ok(arena.subarray(0, 50).every((byte) => byte === 0x2e));
  assert.ok(arena.subarray(50 + lengthBytes).every((byte) => byte === 0x2e));
});

test('is laid out anew when a number has another length, and only then', () => {
  const layout = new BankLayout([prepareStreamTemplate(GOAL)], 0);
  layout.aim(9, 9);
  const shortest = layout.lengthBytes(0);
  for (const [count, atUs, longer] of [
    [1, 0, 0],
    [10, 0, 1],
    [99, 9, 1],
    [100, 9, 2],
    [99, 10, 2],
    [9, 1000, 3],
    [1, 5, 0],
  ] as const) {
    layout.aim(count, atUs);
    assert.is(layout.lengthBytes(0), shortest + longer, `${count}, ${atUs}`);
    const arena = new Uint8Array(1200);
    const text = textOf(arena.subarray(0, layout.write(0, arena, 0)));
    assert.ok(text.startsWith(`{"message":{"count":${count},`) && text.includes(`"atUs":${atUs}`), text);
  }
});

test('gives the bytes of the plain encoder, padded or not, wherever it was aimed before', () => {
  const arena = new Uint8Array(70_000);
  const anyPlace = fc.tuple(fc.integer({ min: 1, max: 2 ** 53 - 1 }), fc.maxSafeNat());
  const smallPlace = fc.tuple(fc.integer({ min: 1, max: 2000 }), fc.nat(100_000));
  fc.assert(
    fc.property(
      fc.array(anyMessage, { minLength: 1, maxLength: 3 }),
      fc.array(fc.oneof(anyPlace, smallPlace), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (contents, places, isPadded) => {
        const sizeBytes = isPadded ? 20_000 : 0;
        const bank = contents.map((content) => prepareStreamTemplate(content));
        const layout = new BankLayout(bank, sizeBytes);
        for (const [count, atUs] of places) {
          layout.aim(count, atUs);
          for (const [entry, content] of contents.entries()) {
            const lengthBytes = layout.write(entry, arena, 7);
            const expected = encodeStreamMessage(
              { ...content, count, atUs },
              isPadded ? { datagramSizeBytes: sizeBytes } : {},
            );
            assert.equal(arena.subarray(7, 7 + lengthBytes), expected);
          }
        }
      },
    ),
    { seed: 42, numRuns: 100 },
  );
});

test('cannot be made of checked datagrams', () => {
  assert.throws(
    () => new BankLayout([prepareStreamTemplate(GOAL, true)], 0),
    'a checked datagram cannot be laid out',
  );
});

test.run();
