import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeBase64 } from '../../../harness/recording/base64.ts';
import { randomStream } from '../../../src/base/random.ts';

const test = suite('base64');

/** The bytes; null for what is refused. */
function decode(text: string): string | null {
  const from = Buffer.from(`>>${text}<<`, 'latin1');
  const into = Buffer.alloc(text.length + 4, 0xee);
  const lengthBytes = decodeBase64(from, 2, from.length - 2, into, 1);
  return lengthBytes < 0 ? null : into.toString('hex', 1, 1 + lengthBytes);
}

test('is read as RFC 4648 has it', () => {
  const texts = ['', 'Zg==', 'Zm8=', 'Zm9v', 'Zm9vYg==', 'Zm9vYmE=', 'Zm9vYmFy', '+/+/'];
  assert.equal(texts.map(decode), [
    '',
    '66',
    '666f',
    '666f6f',
    '666f6f62',
    '666f6f6261',
    '666f6f626172',
    'fbffbf',
  ]);
});

test('anything but what an encoder writes is refused', () => {
  const refused = [
    'Z',
    'Zg',
    'Zg=',
    'Zm9v=',
    'Zg==Zg==',
    'Z===',
    '====',
    'Zh==',
    'Zm9=',
    'Zm9-',
    'Zm9_',
    'Zm v',
    'Z=9v',
    'Zm=v',
    '=m9v',
  ];
  for (const text of refused) {
    assert.is(decode(text), null, text);
    assert.is(decode(`Zm9v${text}`), null, text);
  }
  for (let byte = 0; byte < 256; byte += 1) {
    const char = String.fromCharCode(byte);
    for (const text of [
      `${char}m9vZm9v`,
      `Z${char}9vZm9v`,
      `Zm${char}vZm9v`,
      `Zm9${char}Zm9v`,
      `Zm9vZm9${char}`,
    ]) {
      const isRight = Buffer.from(text, 'base64').toString('base64') === text;
      assert.is(decode(text) !== null, isRight, JSON.stringify(text));
    }
  }
});

test('of every length what Node writes is read again, and what Node would not write is not', () => {
  const random = randomStream('base64');
  for (let round = 0; round < 5000; round += 1) {
    const bytes = Buffer.from(Array.from({ length: round % 100 }, () => Math.floor(random.draw() * 256)));
    const text = bytes.toString('base64');
    assert.is(decode(text), bytes.toString('hex'));
    if (text === '') continue;
    const at = Math.floor(random.draw() * text.length);
    const changed = `${text.slice(0, at)}${String.fromCharCode(Math.floor(random.draw() * 256))}${text.slice(at + 1)}`;
    const again = Buffer.from(changed, 'base64');
    assert.is(decode(changed), again.toString('base64') === changed ? again.toString('hex') : null, changed);
  }
});

test.run();
