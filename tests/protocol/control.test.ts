import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  classify,
  decodeClientControl,
  decodeServerControl,
  encodeAlive,
  encodeAliveAnswer,
  encodeChallenge,
  encodeEnd,
  encodeRefused,
  encodeRegister,
  encodeRegistered,
  encodeUnregister,
  REGISTER_SIZE_BYTES,
} from '../../src/protocol/control.ts';
import type { Registered } from '../../src/protocol/control.ts';
import { encodeStreamMessage } from '../../src/protocol/stream.ts';
import { bytesOf, GARBAGE, KICK_OFF, reasonOf, SEED, textOf } from './messages.ts';

const REGISTERED: Registered = {
  nonce: 'n-1',
  client: 7,
  nextCount: 1,
  timing: { intervalUs: 1000, speed: 1 },
  epochUs: 123,
  keepAliveMs: 1000,
};
const most = Number.MAX_SAFE_INTEGER;
const identifier = fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/);
const shortIdentifier = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/);
const padded = (text: string): Uint8Array => bytesOf(text.padEnd(512));

const encoding = suite('encoding a control message');

encoding('gives the literal messages of the protocol', () => {
  const literal: [Uint8Array, string][] = [
    [encodeChallenge('t'), '{"challenge":{"token":"t"}}'],
    [
      encodeRegistered(REGISTERED),
      '{"registered":{"nonce":"n-1","client":7,"nextCount":1,"timing":{"intervalUs":1000,"speed":1},"epochUs":123,"keepAliveMs":1000}}',
    ],
    [encodeAlive('t'), '{"alive":{"token":"t"}}'.padEnd(80)],
    [encodeRefused('n', 'full'), '{"refused":{"nonce":"n","reason":"full"}}'],
    [encodeAliveAnswer('n'), '{"alive":{"nonce":"n"}}'],
    [encodeUnregister('t'), '{"unregister":{"token":"t"}}'.padEnd(80)],
    [encodeEnd('n', 50), '{"end":{"nonce":"n","count":50}}'],
  ];
  for (const [bytes, text] of literal) assert.is(textOf(bytes), text);
});

encoding('pads every register with spaces to one size', () => {
  const registers: [Uint8Array, string][] = [
    [encodeRegister({ nonce: 'n', token: null, client: null }), '{"register":{"version":1,"nonce":"n"}}'],
    [
      encodeRegister({ nonce: 'n', token: 't', client: null }),
      '{"register":{"version":1,"nonce":"n","token":"t"}}',
    ],
    [
      encodeRegister({ nonce: 'n', token: 't', client: 3 }),
      '{"register":{"version":1,"nonce":"n","token":"t","client":3}}',
    ],
  ];
  for (const [bytes, text] of registers) {
    assert.is(REGISTER_SIZE_BYTES, 512);
    assert.is(bytes.length, 512);
    assert.is(textOf(bytes), text.padEnd(512));
  }
});

encoding('never gives an answer larger than its request', () => {
  const token = 'x'.repeat(128);
  const id = 'x'.repeat(32);
  assert.is(encodeRegister({ nonce: id, token, client: 1_000_000 }).length, 512);
  assert.ok(encodeRefused(id, 'x'.repeat(32)).length <= 512);
  assert.is(encodeAlive('t').length, 80);
  assert.is(encodeUnregister('t').length, 80);
  assert.is(encodeAliveAnswer(id).length, 54);
  assert.is(encodeEnd(id, most).length, 77);
  // No positive number is written in more than 23 characters.
  const fraction = 2.2250738585072014e-308;
  assert.is(String(fraction).length, 23);
  const largest = encodeRegistered({
    nonce: id,
    client: 1_000_000,
    nextCount: most,
    timing: { intervalUs: fraction, speed: fraction },
    epochUs: most,
    keepAliveMs: 2_147_483_647,
  });
  assert.ok(largest.length <= 512, `${largest.length} bytes`);
  assert.ok(encodeChallenge(token).length <= 512);
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: most, noNaN: true }),
      fc.double({ min: 0, max: most, noNaN: true }),
      (a, b) => {
        const timing = { intervalUs: a, speed: b };
        const bytes = encodeRegistered({
          ...REGISTERED,
          nonce: id,
          client: 1_000_000,
          nextCount: most,
          timing,
          epochUs: most,
        });
        assert.ok(bytes.length <= 512);
      },
    ),
    { seed: SEED },
  );
});

encoding('throws rather than send what would be refused', () => {
  for (const text of ['', 'a b', 'é', 'x'.repeat(129), '"', 'n\n']) {
    assert.throws(() => encodeAlive(text), /refuse/);
    assert.throws(() => encodeAliveAnswer(text), /refuse/);
    assert.throws(() => encodeChallenge(text), /refuse/);
    assert.throws(() => encodeUnregister(text), /refuse/);
    assert.throws(() => encodeRegister({ nonce: text, token: null, client: null }), /refuse/);
    assert.throws(() => encodeRegister({ nonce: 'n', token: text, client: null }), /refuse/);
  }
  const long = 'x'.repeat(33);
  assert.throws(() => encodeRegister({ nonce: long, token: null, client: null }), /refuse/);
  assert.throws(() => encodeAliveAnswer(long), /refuse/);
  assert.throws(() => encodeEnd(long, 1), /refuse/);
  for (const reason of ['', 'Full', 'no room', '\u001b[31m', 'x'.repeat(33)])
    assert.throws(() => encodeRefused('n', reason), /refuse/);
  for (const count of [-1, 0.5, 2 ** 53, Number.NaN]) assert.throws(() => encodeEnd('n', count), /refuse/);
  const wrong: Partial<Registered>[] = [
    { client: 0 },
    { nextCount: 0 },
    { epochUs: -1 },
    { keepAliveMs: 0 },
    { timing: { intervalUs: -1, speed: 1 } },
    { timing: { intervalUs: 1, speed: Number.POSITIVE_INFINITY } },
  ];
  for (const part of wrong) assert.throws(() => encodeRegistered({ ...REGISTERED, ...part }), /refuse/);
});

encoding.run();

const client = suite('what a server receives');

client('is given back as it was encoded', () => {
  fc.assert(
    fc.property(
      shortIdentifier,
      fc.option(identifier),
      fc.option(fc.integer({ min: 1, max: 1_000_000 })),
      (nonce, token, id) => {
        assert.equal(decodeClientControl(encodeRegister({ nonce, token, client: id })), {
          ok: true,
          value: { kind: 'register', version: 1, nonce, token, client: id },
        });
        assert.equal(decodeClientControl(encodeAlive(nonce)), {
          ok: true,
          value: { kind: 'alive', token: nonce },
        });
        assert.equal(decodeClientControl(encodeUnregister(nonce)), {
          ok: true,
          value: { kind: 'unregister', token: nonce },
        });
      },
    ),
    { seed: SEED },
  );
});

client('may be the original texts, to the byte', () => {
  assert.equal(decodeClientControl(bytesOf('register')), { ok: true, value: { kind: 'originalRegister' } });
  assert.equal(decodeClientControl(bytesOf('unregister')), {
    ok: true,
    value: { kind: 'originalUnregister' },
  });
  for (const text of ['register ', 'Register', 'registe', 'unregister\n']) {
    assert.is(reasonOf(decodeClientControl(bytesOf(text))), 'not JSON');
  }
});

client('may have unknown keys', () => {
  const text = '{"register":{"version":1,"nonce":"n","flow":"up"},"flow":3,"x":[{}]}';
  assert.equal(decodeClientControl(padded(text)), {
    ok: true,
    value: { kind: 'register', version: 1, nonce: 'n', token: null, client: null },
  });
});

client('is refused with a reason', () => {
  const cases: [string, RegExp][] = [
    [
      '{"register":{"version":2,"nonce":"n"}}',
      /^register\.version: expected a whole number from 1 to 1, got 2$/,
    ],
    ['{"register":{"version":"1","nonce":"n"}}', /^register\.version/],
    ['{"register":{"version":1}}', /^register\.nonce: .* got nothing$/],
    ['{"register":{"version":1,"nonce":"a b"}}', /^register\.nonce: .* got a string of 3 characters$/],
    [`{"register":{"version":1,"nonce":"${'n'.repeat(33)}"}}`, /^register\.nonce: .* 33 characters$/],
    ['{"register":{"version":1,"nonce":"n","token":null}}', /^register\.token: .* got null$/],
    ['{"register":{"version":1,"nonce":"n","client":0}}', /^register\.client: .* got 0$/],
    ['{"register":{"version":1,"nonce":"n","client":1000001}}', /^register\.client/],
    ['{"register":[]}', /^register: expected an object, got an array of 0$/],
    ['{"alive":{"nonce":"n"}}', /^alive\.token: .* got nothing$/],
    ['{"unregister":{"token":7}}', /^unregister\.token: .* got 7$/],
    ['{"alive":{"token":"t"},"unregister":{"token":"t"}}', /got several$/],
    ['{"end":{"nonce":"n","count":1}}', /got none$/],
    [`{"alive":{"token":"t"}}${' '.repeat(2048)}`, /^expected at most 2048 bytes, got 2071$/],
  ];
  for (const [text, reason] of cases) assert.match(reasonOf(decodeClientControl(padded(text))), reason);
});

client('is refused when a register is shorter than its answers may be', () => {
  const short = encodeRegister({ nonce: 'n', token: 't', client: null }).subarray(0, 511);
  assert.is(reasonOf(decodeClientControl(short)), 'register: expected at least 512 bytes, got 511');
});

client.run();

const server = suite('what a client receives');

server('is given back as it was encoded', () => {
  const whole = fc.maxSafeNat();
  const real = fc.double({ min: 0, max: most, noNaN: true }).map((value) => value + 0);
  fc.assert(
    fc.property(
      shortIdentifier,
      whole,
      whole,
      real,
      real,
      fc.integer({ min: 1, max: 1_000_000 }),
      (nonce, n, epochUs, intervalUs, speed, id) => {
        const registered = {
          nonce,
          client: id,
          nextCount: Math.max(1, n),
          timing: { intervalUs, speed },
          epochUs,
          keepAliveMs: id,
        };
        assert.equal(decodeServerControl(encodeRegistered(registered)), {
          ok: true,
          value: { kind: 'registered', ...registered },
        });
        assert.equal(decodeServerControl(encodeChallenge(nonce)), {
          ok: true,
          value: { kind: 'challenge', token: nonce },
        });
        assert.equal(decodeServerControl(encodeAliveAnswer(nonce)), {
          ok: true,
          value: { kind: 'alive', nonce },
        });
        assert.equal(decodeServerControl(encodeEnd(nonce, n)), {
          ok: true,
          value: { kind: 'end', nonce, count: n },
        });
        assert.equal(decodeServerControl(encodeRefused(nonce, 'address-full')), {
          ok: true,
          value: { kind: 'refused', nonce, reason: 'address-full' },
        });
      },
    ),
    { seed: SEED },
  );
});

server('may be the original end, to the byte', () => {
  assert.equal(decodeServerControl(bytesOf('End of transmission')), {
    ok: true,
    value: { kind: 'originalEnd' },
  });
  assert.is(reasonOf(decodeServerControl(bytesOf('End of transmission.'))), 'not JSON');
});

server('is refused with a reason', () => {
  const text = textOf(encodeRegistered(REGISTERED));
  const cases: [string, string, RegExp][] = [
    ['"client":7', '"client":1.5', /^registered\.client/],
    ['"nextCount":1', '"nextCount":0', /^registered\.nextCount: .* got 0$/],
    ['"nextCount":1', '"nextCount":9007199254740992', /^registered\.nextCount/],
    [
      '"intervalUs":1000',
      '"intervalUs":-1',
      /^registered\.timing\.intervalUs: expected a number from 0 .* got -1$/,
    ],
    ['"intervalUs":1000', '"intervalUs":"1000"', /^registered\.timing\.intervalUs/],
    ['"speed":1', '"speed":1e400', /^registered\.timing\.speed: .* got Infinity$/],
    ['"epochUs":123', '"epochUs":-1', /^registered\.epochUs/],
    ['"keepAliveMs":1000', '"keepAliveMs":0', /^registered\.keepAliveMs/],
    ['"nonce":"n-1"', '"nonce":""', /^registered\.nonce/],
    ['{"intervalUs":1000,"speed":1}', 'null', /^registered\.timing: expected an object, got null$/],
  ];
  for (const [from, to, reason] of cases) {
    assert.match(reasonOf(decodeServerControl(bytesOf(text.replace(from, to)))), reason);
  }
  assert.match(reasonOf(decodeServerControl(bytesOf('{"end":{"nonce":"n","count":-1}}'))), /^end\.count/);
  assert.match(reasonOf(decodeServerControl(encodeStreamMessage(KICK_OFF))), /got none$/);
});

server('and what a server receives: garbage is refused with a reason', () => {
  for (const bytes of GARBAGE) {
    reasonOf(decodeServerControl(bytes));
    reasonOf(decodeClientControl(bytes));
  }
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.json(),
      fc.constantFrom('register', 'registered', 'alive', 'end'),
      (noise, json, kind) => {
        reasonOf(decodeServerControl(noise));
        reasonOf(decodeClientControl(noise));
        reasonOf(decodeServerControl(bytesOf(`{"${kind}":${json}}`)));
        reasonOf(decodeClientControl(bytesOf(`{"${kind}":${json}}`)));
      },
    ),
    { seed: SEED },
  );
});

server.run();

const classifying = suite('classifying a datagram by its head');

classifying('tells stream, control and the rest apart, within the range', () => {
  const cases: [Uint8Array, string][] = [
    [encodeStreamMessage(KICK_OFF), 'stream'],
    [bytesOf('{"message":{"count":0,'), 'stream'],
    [encodeChallenge('t'), 'control'],
    [encodeRegistered(REGISTERED), 'control'],
    [encodeAliveAnswer('n'), 'control'],
    [encodeEnd('n', 1), 'control'],
    [bytesOf('End of transmission'), 'control'],
    [bytesOf('End of transmission.'), 'unknown'],
    [bytesOf('End of transmissio'), 'unknown'],
    [bytesOf('{"message":{"count":-1,'), 'unknown'],
    [bytesOf('{"message": {"count": 1, '), 'unknown'],
    [bytesOf('{"endless":{}}'), 'unknown'],
    [bytesOf('{"end'), 'unknown'],
    [bytesOf(''), 'unknown'],
  ];
  for (const [bytes, expected] of cases) {
    const arena = new Uint8Array(bytes.length + 40).fill(0x22);
    arena.set(bytes, 17);
    assert.is(classify(arena, 17, bytes.length), expected, textOf(bytes));
  }
});

classifying.run();
