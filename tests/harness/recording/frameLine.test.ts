import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { FrameBatch } from '../../../harness/recording/frameBatch.ts';
import type { Frame } from '../../../harness/recording/frameBatch.ts';
import { decodeFrame, encodeFrame, readFrame } from '../../../harness/recording/frameLine.ts';

const frame = (payload: Uint8Array | string, more: Partial<Frame> = {}): Frame => ({
  n: 1,
  timeNs: 0,
  payload: typeof payload === 'string' ? new Uint8Array(Buffer.from(payload)) : new Uint8Array(payload),
  flow: 1,
  direction: 'down',
  ...more,
});
const lineOf = (one: Frame): string => Buffer.from(encodeFrame(one)).toString('utf8');
const reasonOf = (line: string | Uint8Array): string => {
  const result = decodeFrame(typeof line === 'string' ? Buffer.from(line) : line);
  return result.ok ? 'it was read' : result.reason;
};

/** The line as the format defines it, by Node's own means. */
function lineByDefinition(one: Frame): string {
  const text = Buffer.from(one.payload).toString('utf8');
  const isShort = Buffer.byteLength(JSON.stringify(text)) - 2 <= 2 * one.payload.length + 16;
  const object = {
    n: one.n,
    t: one.timeNs,
    ...(isShort && Buffer.from(text, 'utf8').equals(one.payload)
      ? { d: text }
      : { b: Buffer.from(one.payload).toString('base64') }),
    ...(one.flow === 1 ? {} : { f: one.flow }),
    ...(one.direction === 'down' ? {} : { r: 'up' }),
  };
  return `${JSON.stringify(object)}\n`;
}

const encoding = suite('a frame is one line of JSON');

encoding('text stands as text, anything else as base64', () => {
  assert.is(
    lineOf(frame('{"a":"é\\"}', { n: 7, timeNs: 1500 })),
    '{"n":7,"t":1500,"d":"{\\"a\\":\\"é\\\\\\"}"}\n',
  );
  assert.is(lineOf(frame('')), '{"n":1,"t":0,"d":""}\n');
  assert.is(lineOf(frame(Uint8Array.of(0xff, 0x00))), '{"n":1,"t":0,"b":"/wA="}\n');
  assert.is(
    lineOf(frame('\u0000\b\t\n\v\f\r\u001f\u007f')),
    '{"n":1,"t":0,"d":"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\u007f"}\n',
  );
  assert.is(lineOf(frame('\u{feff}x')), '{"n":1,"t":0,"d":"\u{feff}x"}\n');
});

encoding('text that escapes make longer than twice the payload and 16 bytes is base64', () => {
  const zeros = (bytes: number): string => '\u0000'.repeat(bytes);
  assert.is(lineOf(frame(zeros(4))), `{"n":1,"t":0,"d":"${'\\u0000'.repeat(4)}"}\n`);
  assert.is(lineOf(frame(zeros(5))), '{"n":1,"t":0,"b":"AAAAAAA="}\n');
  // 14 zeros are 56 bytes more than their number; each letter is one less than twice its number.
  assert.match(lineOf(frame(`${zeros(14)}${'x'.repeat(40)}`)), /"d":/);
  assert.match(lineOf(frame(`${zeros(14)}${'x'.repeat(39)}`)), /"b":/);
  assert.match(lineOf(frame('"'.repeat(500))), /"d":/);
});

encoding('flow, direction and unknown members follow where they differ from the usual', () => {
  assert.is(
    lineOf(frame('x', { flow: 65_535, direction: 'up', extra: '"z":1.0,"a":"é"' })),
    '{"n":1,"t":0,"d":"x","f":65535,"r":"up","z":1.0,"a":"é"}\n',
  );
});

encoding('the largest numbers are written digit for digit', () => {
  const most = Number.MAX_SAFE_INTEGER;
  assert.is(
    lineOf(frame('', { n: most, timeNs: most })),
    '{"n":9007199254740991,"t":9007199254740991,"d":""}\n',
  );
  for (const timeNs of [9, 10, 99, 100, 999_999_999_999_999, 1_000_000_000_000_000, most - 1]) {
    assert.is(lineOf(frame('', { timeNs })), `{"n":1,"t":${timeNs},"d":""}\n`);
  }
});

encoding('what is outside the format is not written', () => {
  for (const wrong of [
    { n: 0 },
    { timeNs: -1 },
    { timeNs: 0.5 },
    { timeNs: Number.NaN },
    { timeNs: 2 ** 53 },
    { flow: 0 },
    { flow: 65_536 },
    { payload: new Uint8Array(65_508) },
    { extra: '"n":2' },
    { extra: '"a":' },
    { extra: `"a":"${'x'.repeat(1 << 17)}"` },
  ]) {
    assert.throws(
      () => encodeFrame({ ...frame(''), ...wrong }),
      /^frame /,
      JSON.stringify(wrong).slice(0, 80),
    );
  }
});

encoding.run();

const property = suite('any datagram comes back');

const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc
    .array(fc.oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff })), {
      maxLength: 40,
    })
    .map((codes) => new Uint8Array(Buffer.from(String.fromCodePoint(...codes)))),
  // Lone surrogates as some encoders write them, which is not UTF-8.
  fc
    .string({
      unit: fc.constantFrom('\ud800', '\udfff', 'é', '"', '\\', '\u0000', '\u{1f600}'),
      maxLength: 20,
    })
    .map(
      (text) =>
        new Uint8Array(
          Buffer.concat(
            // oxlint-disable-next-line unicorn/prefer-spread -- by code unit, on purpose
            text.split('').map((unit) => {
              const code = unit.charCodeAt(0);
              return code < 0x800
                ? Buffer.from(unit)
                : Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)]);
            }),
          ),
        ),
    ),
  fc.json().map((text) => new Uint8Array(Buffer.from(text))),
);
const frames = fc.record(
  {
    n: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    timeNs: fc.maxSafeNat(),
    payload: payloads,
    flow: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 65_535 })),
    direction: fc.constantFrom('down' as const, 'up' as const),
  },
  { noNullPrototype: true },
);

property('its line is the one the definition gives, and is read back the same', () => {
  fc.assert(
    fc.property(frames, (one) => {
      const line = encodeFrame(one);
      assert.is(Buffer.from(line).toString('utf8'), lineByDefinition(one));
      assert.equal(decodeFrame(line.subarray(0, -1)), { ok: true, value: one });
    }),
    { seed: 13, numRuns: 2000 },
  );
});

property('another spelling of the line is read as the same frame', () => {
  fc.assert(
    fc.property(frames, fc.boolean(), (one, escaped) => {
      const object = Object.entries(JSON.parse(lineByDefinition(one)) as object).toReversed();
      let line = JSON.stringify(Object.fromEntries(object), null, 1).replaceAll('\n', '\t');
      if (escaped) {
        line = line.replace(
          /[^ -~\t]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
        );
      }
      assert.equal(decodeFrame(Buffer.from(line)), { ok: true, value: one });
    }),
    { seed: 14, numRuns: 800 },
  );
});

property('unknown members are read and written in their order', () => {
  fc.assert(
    fc.property(
      frames,
      fc.dictionary(fc.string({ minLength: 2 }), fc.jsonValue(), { minKeys: 1 }),
      (one, more) => {
        const extra = JSON.stringify(more).slice(1, -1);
        const line = encodeFrame({ ...one, extra });
        assert.equal(decodeFrame(line.subarray(0, -1)), { ok: true, value: { ...one, extra } });
      },
    ),
    { seed: 15, numRuns: 200 },
  );
  const result = decodeFrame(Buffer.from('{"x":1e999,"n":1,"2":[ 1 ],"t":0,"1":null,"d":""}'));
  assert.equal(result, { ok: true, value: frame('', { extra: '"x":1e999,"2":[ 1 ],"1":null' }) });
});

property('the largest datagram comes back whatever its bytes', () => {
  for (const byte of [0x00, 0x22, 0x61, 0x80, 0xff]) {
    const one = frame(new Uint8Array(65_507).fill(byte));
    const result = decodeFrame(encodeFrame(one).subarray(0, -1));
    assert.ok(result.ok && Buffer.from(result.value.payload).equals(one.payload), `${byte}`);
  }
  const extra = `"a":"${'x'.repeat((1 << 17) - 6)}"`;
  const line = encodeFrame(
    frame(new Uint8Array(65_507), { n: 2 ** 52, timeNs: 2 ** 52, flow: 65_535, direction: 'up', extra }),
  );
  assert.ok(line.length <= 1 << 19, `${line.length}`);
  assert.ok(decodeFrame(line.subarray(0, -1)).ok);
});

property.run();

const refusals = suite('a line that is no frame is refused with the reason');

refusals('each fault has its own', () => {
  const cases: [string, string][] = [
    ['', 'expected a frame {"n":…,"t":…,"d":"…"}, got an empty line'],
    ['{"n":1,"t":0,"d":"', 'expected a frame {"n":…,"t":…,"d":"…"}, got {"n":1,"t":0,"d":"'],
    ['{"n":1,"t":0,"d":"\\', 'expected a frame {"n":…,"t":…,"d":"…"}, got {"n":1,"t":0,"d":"\\'],
    ['{"n":1,"t":0,"d":"\\u001', 'expected a frame {"n":…,"t":…,"d":"…"}, got {"n":1,"t":0,"d":"\\u001'],
    ['{"n":1,"t":0,"d":"\u0001"}', 'expected a frame {"n":…,"t":…,"d":"…"}, got {"n":1,"t":0,"d":"\\u0001"}'],
    ['{"n":1,"t":0,"d":""}}', 'expected a frame {"n":…,"t":…,"d":"…"}, got {"n":1,"t":0,"d":""}}'],
    ['{"t":0,"d":""}', 'expected "n" as a whole number of 1 or more, got none'],
    ['{"n":0,"t":0,"d":""}', 'expected "n" as a whole number of 1 or more, got 0'],
    ['{"n":1.0,"t":0,"d":""}', 'expected "n" as a whole number of 1 or more, got 1.0'],
    ['{"n":"1","t":0,"d":""}', 'expected "n" as a whole number of 1 or more, got "1"'],
    ['{"n":1,"d":""}', 'expected "t" as a whole number of nanoseconds, got none'],
    ['{"n":1,"t":-1,"d":""}', 'expected "t" as a whole number of nanoseconds, got -1'],
    ['{"n":1,"t":1e3,"d":""}', 'expected "t" as a whole number of nanoseconds, got 1e3'],
    [
      '{"n":1,"t":9007199254740992,"d":""}',
      'expected "t" as a whole number of nanoseconds, got 9007199254740992',
    ],
    ['{"n":1,"t":0}', 'expected "d" or "b", got neither'],
    ['{"n":1,"t":0,"d":"","b":""}', 'expected "d" or "b", got both'],
    ['{"n":1,"t":0,"d":"a","d":"b"}', 'expected "d" once, got it twice'],
    ['{"n":1,"t":0,"d":5}', 'expected "d" as a text, got 5'],
    ['{"n":1,"t":0,"d":"\\ud800x"}', 'expected "d" as whole characters, got half a surrogate pair'],
    ['{"n":1,"t":0,"b":"/w"}', 'expected "b" as padded base64, got /w'],
    ['{"n":1,"t":0,"b":"/x=="}', 'expected "b" as padded base64, got /x=='],
    ['{"n":1,"t":0,"b":"_w=="}', 'expected "b" as padded base64, got _w=='],
    ['{"n":1,"t":0,"b":"/w== "}', 'expected "b" as padded base64, got /w== '],
    ['{"n":1,"t":0,"d":"","f":0}', 'expected "f" as a whole number from 1 to 65535, got 0'],
    ['{"n":1,"t":0,"d":"","f":65536}', 'expected "f" as a whole number from 1 to 65535, got 65536'],
    ['{"n":1,"t":0,"d":"","r":"left"}', 'expected "r" as "down" or "up", got "left"'],
  ];
  for (const [line, reason] of cases) assert.is(reasonOf(line), reason, line);
});

refusals('bytes that are not UTF-8 are no text', () => {
  const line = Buffer.from('{"n":1,"t":0,"d":"?"}');
  line[line.indexOf('?')] = 0xff;
  assert.match(reasonOf(line), /^expected a frame/);
});

refusals('a payload no datagram can carry is refused, as text and as base64', () => {
  assert.is(
    reasonOf(`{"n":1,"t":0,"d":"${'x'.repeat(65_508)}"}`),
    'expected a payload of at most 65507 bytes, got 65508',
  );
  const base64 = Buffer.alloc(65_508).toString('base64');
  assert.is(
    reasonOf(`{"n":1,"t":0,"b":"${base64}"}`),
    'expected a payload of at most 65507 bytes, got 65508',
  );
});

refusals('a refused line leaves the batch as it was', () => {
  const batch = new FrameBatch(2, 1024);
  const read = (line: string): string | undefined =>
    readFrame(batch, Buffer.from(`${line}\n`), 0, Buffer.byteLength(line));
  assert.is(read('{"n":1,"t":5,"d":"one"}'), undefined);
  assert.type(read('{"n":2,"t":6,"d":"two","f":0}'), 'string');
  assert.type(read('{"n":2,"t":6,"d":"two'), 'string');
  assert.is(batch.count, 1);
  assert.is(batch.usedBytes, 3);
  assert.is(read('{"n":2,"t":6,"d":"zwei"}'), undefined);
  assert.equal(batch.frame(0), frame('one', { timeNs: 5 }));
  assert.equal(batch.frame(1), frame('zwei', { n: 2, timeNs: 6 }));
});

refusals('no bytes make it throw', () => {
  const good = '{"n":12,"t":34,"d":"a\\u0001\\"é","f":2,"r":"up","x":[1]}';
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(good.length), (noise, at) => {
      decodeFrame(noise);
      const line = Buffer.from(good);
      line.set(noise.subarray(0, Math.max(0, Math.min(3, line.length - at))), Math.min(at, line.length - 3));
      decodeFrame(line);
      decodeFrame(line.subarray(0, at));
    }),
    { seed: 16, numRuns: 2000 },
  );
});

refusals.run();
