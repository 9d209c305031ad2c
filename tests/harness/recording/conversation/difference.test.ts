import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_BYTES, readByteRanges } from '../../../../harness/recording/conversation/byteRanges.ts';
import { formatDifference } from '../../../../harness/recording/conversation/difference.ts';

const test = suite('a difference is told in one line');

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const differs = (expected: string, got: string, ignored = NO_BYTES): string =>
  formatDifference(
    { kind: 'different', flow: 7, place: 3, expected: bytes(expected), got: bytes(got) },
    'answer',
    ignored,
  );

test('with offset, expected and got bytes of each place, three at most', () => {
  assert.is(differs('01 02 03', '01 ff 03'), 'flow 7, answer 3 differs: byte 1: expected 02, got ff');
  assert.is(
    differs('01 02 03 04 05 06 07 08 09', '00 02 00 00 05 00 07 00 00'),
    'flow 7, answer 3 differs: byte 0: expected 01, got 00; byte 2: expected 03 04, got 00 00; ' +
      'byte 5: expected 06, got 00; and 1 more place',
  );
  assert.is(
    differs('01 02 03', '00 02 00', readByteRanges('0', '--ignore')),
    'flow 7, answer 3 differs: byte 2: expected 03, got 00',
  );
});

test('with lengths that differ, and with the first 16 bytes of a long run', () => {
  assert.is(differs('01 02', '01 02 03'), 'flow 7, answer 3 differs: expected 2 bytes, got 3');
  assert.is(differs('', '01'), 'flow 7, answer 3 differs: expected 0 bytes, got 1');
  assert.is(
    differs('00'.repeat(17), '11'.repeat(17)),
    `flow 7, answer 3 differs: byte 0: expected ${'00 '.repeat(16)}…, got ${'11 '.repeat(16)}…`,
  );
});

test('what is missing, additional, or came again', () => {
  const got = bytes('aa bb');
  const from = { address: '::1', port: 5 };
  assert.is(
    formatDifference({ kind: 'missing', flow: 1, place: 2, expected: bytes('ff') }, 'answer', NO_BYTES),
    'flow 1, answer 2 is missing: expected 1 byte, ff',
  );
  assert.is(
    formatDifference({ kind: 'additional', flow: 1, from: null, got }, 'answer', NO_BYTES),
    'flow 1: an additional answer: 2 bytes, aa bb',
  );
  assert.is(
    formatDifference({ kind: 'additional', flow: null, from, got }, 'request', NO_BYTES),
    'of no flow: an additional request from [::1]:5: 2 bytes, aa bb',
  );
  assert.is(
    formatDifference({ kind: 'repeated', flow: 1, place: 2 }, 'request', NO_BYTES),
    'flow 1, request 2 came again',
  );
});

test.run();
