import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { formatStatistics } from '../../src/display/statistics.ts';
import { hostileText, unsafeCharacter } from './hostile.ts';

const test = suite('statistics as a table');

test('numbers stand under one another, texts begin in their column, null is not measured', () => {
  assert.is(
    formatStatistics({ received: 950, loss_ratio: 0.05, jitter_us: 12.3456789, corrupted: null, seed: '42' }),
    [
      'received        950',
      'loss_ratio     0.05',
      'jitter_us   12.3457',
      'corrupted   not measured',
      'seed        42',
    ].join('\n'),
  );
});

test('counts are never rounded, and zero is a figure', () => {
  assert.is(formatStatistics({ sent: 123_456_789, lost: 0 }), 'sent  123456789\nlost          0');
});

test('no statistics are an empty text', () => {
  assert.is(formatStatistics({}), '');
});

test('no name or text reaches the terminal as a command', () => {
  fc.assert(
    fc.property(fc.dictionary(hostileText, hostileText, { maxKeys: 4 }), (statistics) => {
      assert.is(unsafeCharacter(formatStatistics(statistics)), null);
    }),
    { seed: 4, numRuns: 200 },
  );
});

test.run();
