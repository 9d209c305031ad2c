import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeOriginalMessage } from '../../src/protocol/original.ts';
import { readOriginalCount } from '../../src/protocol/originalHead.ts';
import { anyMessage, bytesOf, SEED } from './messages.ts';

const test = suite('the count at the head of an original datagram');

const read = (text: string): number => readOriginalCount(bytesOf(text), 0, bytesOf(text).length);

test('is read as Python writes it, and with any other white space', () => {
  // json.dumps({"message": {"count": 4, "score": "x"}}), and with indent=1, and with separators=(',', ':').
  assert.is(read('{"message": {"count": 4, "score": "x"}}'), 4);
  assert.is(read('{\n "message": {\n  "count": 4,\n  "score": "x"\n }\n}'), 4);
  assert.is(read('{"message":{"count":4,"score":"x"}}'), 4);
  assert.is(read('\t{ "message" : { "count" : 0 } }'), 0);
  assert.is(read('{"message": {"count": 9007199254740991}}'), 9_007_199_254_740_991);
});

test('is −1 for every other head', () => {
  for (const text of [
    '',
    '{',
    '{"message": {"count": ',
    '{"message": {"count": 4',
    '{"message": {"count": 4 ',
    '{"message": {"score": "x", "count": 4}}',
    '{"timeA": [], "message": {"count": 4}}',
    '{"message": {"count": -1, ',
    '{"message": {"count": 1.5, ',
    '{"message": {"count": 1e3, ',
    '{"message": {"count": 01, ',
    '{"message": {"count": "4", ',
    '{"message": {"count": 9007199254740992, ',
    `{"message": {"count": ${'9'.repeat(400)}, `,
    '{"end": {"count": 1}}',
    'End of transmission',
  ]) {
    assert.is(read(text), -1, text);
  }
});

test('is read within the range alone', () => {
  const arena = bytesOf('xx{"message": {"count": 12, "score"');
  assert.is(readOriginalCount(arena, 2, 25), 12);
  assert.is(readOriginalCount(arena, 2, 24), -1);
  assert.is(readOriginalCount(arena, 0, arena.length), -1);
});

test('is what our server writes for original clients', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const bytes = encodeOriginalMessage(message);
      assert.is(readOriginalCount(bytes, 0, bytes.length), message.count);
    }),
    { seed: SEED, numRuns: 100 },
  );
});

test.run();
