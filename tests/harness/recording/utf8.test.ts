import { isUtf8 } from 'node:buffer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { utf8Length } from '../../../harness/recording/utf8.ts';

const test = suite('a character is known by its bytes');

test('the first and last character of each length are whole', () => {
  for (const char of [
    '\u{80}',
    '\u{7ff}',
    '\u{800}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{ffff}',
    '\u{10000}',
    '\u{10ffff}',
  ]) {
    const bytes = Buffer.from(char);
    assert.is(utf8Length(bytes, 0, bytes.length), bytes.length, char);
    assert.is(utf8Length(bytes, 0, bytes.length - 1), 0, `${char} cut short`);
  }
});

test('overlong forms, surrogates and what is past the last character are refused', () => {
  for (const hex of [
    '80',
    'bf',
    'c080',
    'c1bf',
    'e09fbf',
    'eda080',
    'edbfbf',
    'f08fbfbf',
    'f4908080',
    'f5808080',
    'ff',
  ]) {
    const bytes = Buffer.from(hex, 'hex');
    assert.is(utf8Length(bytes, 0, bytes.length), 0, hex);
  }
});

test('every pair of bytes and many triples and fours are judged as Node judges them', () => {
  const judge = (bytes: Buffer): void => {
    const lead = bytes[0] as number;
    if (lead < 0x80) return;
    assert.is(utf8Length(bytes, 0, bytes.length) === bytes.length, isUtf8(bytes), bytes.toString('hex'));
  };
  for (let lead = 0x80; lead < 0x100; lead += 1) {
    for (let second = 0; second < 0x100; second += 1) {
      const rest = isUtf8(Buffer.from([lead, second])) ? [] : [0x80];
      judge(Buffer.from([lead, second, ...rest].slice(0, lead < 0xe0 ? 2 : 3)));
      if (lead >= 0xf0) judge(Buffer.from([lead, second, 0xbf, 0x80]));
      if (lead >= 0xe0 && lead < 0xf0) judge(Buffer.from([lead, second, 0xc0]));
    }
  }
  const near = fc.constantFrom(0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff);
  fc.assert(
    fc.property(fc.integer({ min: 0xe0, max: 0xff }), near, near, near, (lead, second, third, fourth) => {
      judge(Buffer.from(lead < 0xf0 ? [lead, second, third] : [lead, second, third, fourth]));
    }),
    { seed: 11, numRuns: 2000 },
  );
});

test.run();
