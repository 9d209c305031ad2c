import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { formatStatistics } from '../../src/display/statisticsText.ts';
import { figuresOf } from '../../src/metrics/absent.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
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

test('a clean stream prints what there was nothing of, and what was not measured, apart', () => {
  const metrics = new StreamMetrics({ firstCount: 1 });
  for (const count of [1, 2, 3]) metrics.handleArrival(count, count * 1e6, count * 1e6, 100);
  metrics.finish(3);
  const lines = formatStatistics(figuresOf(metrics.statistics())).split('\n');
  const names = (word: string): string[] =>
    lines.filter((line) => line.endsWith(word)).map((line) => line.split(' ')[0] as string);
  // What only other protocols have: datagrams without a number, and numbers that begin anew.
  assert.equal(names(' not measured'), ['corrupted', 'unindexed', 'restarts']);
  assert.equal(names(' none'), [
    'reorder_extent_mean',
    'reorder_late_offset_max_us',
    'loss_period_mean',
    'loss_distance_mean',
    'burst_density_ratio',
    'burst_length_mean',
  ]);
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
