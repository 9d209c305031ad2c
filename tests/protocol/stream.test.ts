import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeStreamMessage, encodeStreamMessage } from '../../src/protocol/stream.ts';
import type { StreamMessage } from '../../src/protocol/stream.ts';
import { anyMessage, bytesOf, GARBAGE, GOAL, KICK_OFF, player, reasonOf, SEED, textOf } from './messages.ts';

const KICK_OFF_TEXT =
  '{"message":{"count":1,"score":"Galáticos 0 - 0 The Bests","content":"Começa o \\"jogo\\"","type":5,"minute":0,"atUs":0},' +
  '"timeA":[{"nome":"Zé"}],"timeB":[{"nome":"Ann"}],"goleiroA":{"nome":"Ivo"},"goleiroB":{"nome":"Bob"}}';
const GOAL_TEXT =
  '{"message":{"count":4294967297,"score":"Galáticos 1 - 0 The Bests","content":"Gol!","type":1,"minute":12,"atUs":9007199254740991},' +
  '"timeA":[{"nome":"Zé","gols":[3,12],"amarelo":5,"vermelho":90},{"nome":"Rui","amarelo":7}],"timeB":[],' +
  '"goleiroA":{"nome":"Ivo"},"goleiroB":{"nome":"Bob","vermelho":8}}';

const encoding = suite('encoding a stream message');

encoding('has the field order of the protocol and no white space', () => {
  assert.is(textOf(encodeStreamMessage(KICK_OFF)), KICK_OFF_TEXT);
  assert.is(textOf(encodeStreamMessage(GOAL)), GOAL_TEXT);
});

encoding('pads with trailing spaces to the size', () => {
  const bytes = encodeStreamMessage(KICK_OFF, { datagramSizeBytes: 300 });
  assert.is(bytes.length, 300);
  assert.is(textOf(bytes).trimEnd(), KICK_OFF_TEXT);
});

encoding('refuses to exceed the size, or what UDP carries', () => {
  const size = bytesOf(KICK_OFF_TEXT).length;
  assert.is(encodeStreamMessage(KICK_OFF, { datagramSizeBytes: size }).length, size);
  assert.throws(() => encodeStreamMessage(KICK_OFF, { datagramSizeBytes: size - 1 }), /does not fit/);
  assert.is(encodeStreamMessage(KICK_OFF, { datagramSizeBytes: 65_507 }).length, 65_507);
  assert.throws(() => encodeStreamMessage(KICK_OFF, { datagramSizeBytes: 65_508 }), /does not fit/);
  const crowd = Array.from({ length: 64 }, () =>
    player('€'.repeat(128), { goalMinutes: Array(64).fill(100) }),
  );
  assert.throws(() => encodeStreamMessage({ ...KICK_OFF, teamA: crowd, teamB: crowd }), /does not fit/);
});

encoding('refuses what a receiver would refuse', () => {
  const wrong: Partial<StreamMessage>[] = [
    { count: 0 },
    { count: 1.5 },
    { count: 2 ** 53 },
    { atUs: -1 },
    { atUs: 0.5 },
    { type: -1 },
    { type: 256 },
    { minute: 1000 },
    { minute: Number.NaN },
    { score: 'x'.repeat(513) },
    { content: 'x'.repeat(8193) },
    { teamA: Array.from({ length: 65 }, () => player('x')) },
    { teamB: [player('x'.repeat(129))] },
    { goalkeeperA: player('x', { yellowMinute: -1 }) },
    { goalkeeperB: player('x', { goalMinutes: [0.5] }) },
  ];
  for (const part of wrong) {
    assert.throws(() => encodeStreamMessage({ ...KICK_OFF, ...part }), /limits|safe integers/);
  }
});

encoding.run();

const decoding = suite('decoding a stream message');

decoding('gives back every message that was encoded, padded or checked', () => {
  fc.assert(
    fc.property(anyMessage, fc.boolean(), fc.boolean(), (message, isPadded, check) => {
      const bytes = encodeStreamMessage(message, { check, ...(isPadded && { datagramSizeBytes: 20_000 }) });
      assert.equal(decodeStreamMessage(bytes), { ok: true, value: message });
    }),
    { seed: SEED, numRuns: 200 },
  );
});

decoding('reads the literal datagram, unknown keys and white space included', () => {
  const text = ` {"message": {"count": 7, "score": "a", "content": "\\ud800", "type": 2, "minute": 3, "atUs": 4, "x": {}},
    "timeA": [{"nome": "b", "camisa": 9}], "timeB": [], "goleiroA": {"nome": "c"}, "goleiroB": {"nome": ""}, "v": 2}\n`;
  assert.equal(decodeStreamMessage(bytesOf(text)), {
    ok: true,
    value: {
      count: 7,
      score: 'a',
      content: '\ud800',
      type: 2,
      minute: 3,
      atUs: 4,
      teamA: [player('b')],
      teamB: [],
      goalkeeperA: player('c'),
      goalkeeperB: player(''),
    },
  });
});

decoding('names the field that is wrong', () => {
  const cases: [string, string, string][] = [
    ['"count":1', '"count":0', 'message.count: expected a whole number from 1 to 9007199254740991, got 0'],
    ['"count":1', '"count":-1', 'message.count: expected a whole number from 1 to 9007199254740991, got -1'],
    [
      '"count":1',
      '"count":1.5',
      'message.count: expected a whole number from 1 to 9007199254740991, got 1.5',
    ],
    [
      '"count":1',
      '"count":1e400',
      'message.count: expected a whole number from 1 to 9007199254740991, got Infinity',
    ],
    [
      '"count":1',
      '"count":9007199254740992',
      'message.count: expected a whole number from 1 to 9007199254740991, got 9007199254740992',
    ],
    [
      '"count":1',
      '"count":"1"',
      'message.count: expected a whole number from 1 to 9007199254740991, got a string of 1 characters',
    ],
    ['"count":1,', '', 'message.count: expected a whole number from 1 to 9007199254740991, got nothing'],
    [
      '"type":5',
      '"type":"Gol!"',
      'message.type: expected a whole number from 0 to 255, got a string of 4 characters',
    ],
    ['"minute":0', '"minute":null', 'message.minute: expected a whole number from 0 to 999, got null'],
    ['"atUs":0', '"atUs":-1', 'message.atUs: expected a whole number from 0 to 9007199254740991, got -1'],
    [
      '"content":"',
      '"content":7,"c":"',
      'message.content: expected a string of at most 8192 characters, got 7',
    ],
    ['[{"nome":"Zé"}]', '{}', 'timeA: expected an array of at most 64, got an object'],
    [
      '[{"nome":"Zé"}]',
      `[${'0,'.repeat(64)}0]`,
      'timeA: expected an array of at most 64, got an array of 65',
    ],
    ['{"nome":"Zé"}', '[]', 'timeA[0]: expected an object, got an array of 0'],
    [
      '{"nome":"Ann"}',
      '{"nome":"Ann"},{"nome":null}',
      'timeB[1].nome: expected a string of at most 128 characters, got null',
    ],
    [
      '{"nome":"Ann"}',
      '{"nome":"Ann","gols":[1,"2"]}',
      'timeB[0].gols[1]: expected a whole number from 0 to 999, got a string of 1 characters',
    ],
    ['{"nome":"Ann"}', '{"nome":"Ann","gols":3}', 'timeB[0].gols: expected an array of at most 64, got 3'],
    [
      '{"nome":"Ivo"}',
      '{"nome":"Ivo","amarelo":true}',
      'goleiroA.amarelo: expected a whole number from 0 to 999, got true',
    ],
    [
      '{"nome":"Bob"}',
      '{"nome":"Bob","vermelho":1000}',
      'goleiroB.vermelho: expected a whole number from 0 to 999, got 1000',
    ],
    ['{"nome":"Bob"}', '"Bob"', 'goleiroB: expected an object, got a string of 3 characters'],
  ];
  for (const [from, to, reason] of cases) {
    assert.is(reasonOf(decodeStreamMessage(bytesOf(KICK_OFF_TEXT.replace(from, to)))), reason);
  }
});

decoding('a count that occurs twice is refused, not chosen from', () => {
  const twice = KICK_OFF_TEXT.replace('"atUs":0', '"atUs":0,"count":2');
  assert.is(reasonOf(decodeStreamMessage(bytesOf(twice))), 'message.count: is 1 at first and 2 later');
});

decoding('refuses garbage with a reason, and is none the worse for it', () => {
  for (const bytes of GARBAGE) {
    reasonOf(decodeStreamMessage(bytes));
    assert.ok(decodeStreamMessage(bytesOf(KICK_OFF_TEXT)).ok);
  }
  assert.is(reasonOf(decodeStreamMessage(Uint8Array.of(0x7b, 0xff))), 'not UTF-8');
  assert.is(reasonOf(decodeStreamMessage(bytesOf('{'))), 'not JSON');
  assert.is(reasonOf(decodeStreamMessage(bytesOf('\ufeff{}'))), 'not JSON');
  assert.is(reasonOf(decodeStreamMessage(bytesOf('[1]'))), 'expected a JSON object, got an array of 1');
  assert.is(reasonOf(decodeStreamMessage(new Uint8Array(65_508))), 'expected at most 65507 bytes, got 65508');
});

decoding('never throws, on random bytes, random JSON or a damaged message', () => {
  const message = encodeStreamMessage(GOAL);
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.json(),
      fc.nat(message.length - 1),
      fc.nat(255),
      (noise, json, at, byte) => {
        reasonOf(decodeStreamMessage(noise));
        reasonOf(decodeStreamMessage(bytesOf(`{"message":${json}}`)));
        const damaged = message.slice();
        damaged[at] = byte;
        assert.type(decodeStreamMessage(damaged).ok, 'boolean');
        reasonOf(decodeStreamMessage(message.subarray(0, at)));
      },
    ),
    { seed: SEED, numRuns: 300 },
  );
});

decoding.run();
