import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  formatExpectation,
  formatUnmet,
  isMet,
  readExpectation,
} from '../../../harness/shrink/expectation.ts';
import { StreamMetrics } from '../../../src/metrics/streamMetrics.ts';
import type { Statistics } from '../../../src/metrics/statistics.ts';
import { UsageError } from '../../../src/errors.ts';

const test = suite('expectations');

/** What a client says of a stream of `last` of which these counts arrived. */
function statisticsOf(counts: readonly number[], last: number): Statistics {
  const metrics = new StreamMetrics({ firstCount: 1, verifiesCheck: false });
  for (const count of counts) metrics.handleArrival(count, 1000, 0, 100);
  metrics.finish(last);
  return metrics.statistics();
}

const met = (text: string, statistics: Statistics): boolean =>
  isMet(readExpectation(text, '--expect'), statistics);

test('every operator does what it says, on either side and at the number itself', () => {
  const threeLost = statisticsOf([1, 2], 5);
  for (const [operator, at2, at3, at4] of [
    ['<', false, false, true],
    ['<=', false, true, true],
    ['>', true, false, false],
    ['>=', true, true, false],
    ['==', false, true, false],
    ['!=', true, false, true],
  ] as const) {
    assert.equal(
      [2, 3, 4].map((value) => met(`lost${operator}${value}`, threeLost)),
      [at2, at3, at4],
      operator,
    );
  }
});

test('numbers may have a fraction or a sign, and spaces may stand around the operator', () => {
  assert.equal(readExpectation(' loss_ratio < 0.05 ', '--expect'), {
    metric: 'loss_ratio',
    operator: '<',
    value: 0.05,
  });
  assert.equal(readExpectation('delay_p50_us>=-3', '--expect').value, -3);
});

test('what it is written as reads as the same', () => {
  for (const text of ['lost<=3', 'jitter_us!=0.5', 'delay_p50_us>-3', 'burst_length_mean==12.25']) {
    assert.is(formatExpectation(readExpectation(text, '--expect')), text);
  }
});

test('anything else is refused in one line, with the names there are', () => {
  for (const [text, message] of [
    [
      'lost',
      /^--expect: expected METRIC OP NUMBER, such as lost<=3, got "lost"; OP is one of < <= > >= == !=$/,
    ],
    ['lost=3', /^--expect: expected METRIC OP NUMBER/],
    ['lost=<3', /^--expect: expected METRIC OP NUMBER/],
    ['lost<=', /^--expect: expected METRIC OP NUMBER/],
    ['lost<=3 ms', /^--expect: expected METRIC OP NUMBER/],
    ['lost<=1e3', /^--expect: expected METRIC OP NUMBER/],
    ['', /^--expect: expected METRIC OP NUMBER/],
    [
      'losses<=3',
      /^--expect: expected a metric, got "losses"; choose one of sent, received, .*, throughput_bps$/,
    ],
    ['constructor<=3', /^--expect: expected a metric, got "constructor"/],
  ] as const) {
    assert.throws(
      () => readExpectation(text, '--expect'),
      (error: unknown) =>
        error instanceof UsageError && message.test(error.message) && !error.message.includes('\n'),
      text,
    );
  }
});

test('a figure that was not measured meets nothing', () => {
  const nothing = statisticsOf([], 5);
  assert.is(nothing.delay_max_us, null);
  for (const text of ['delay_max_us<=1000', 'delay_max_us>=0', 'corrupted==0', 'jitter_us!=1']) {
    assert.not(met(text, nothing), text);
  }
});

test('a mean over losses or reorderings is met where there are none, and judged where there are', () => {
  const whole = statisticsOf([1, 2, 3], 3);
  for (const metric of [
    'loss_period_mean',
    'loss_distance_mean',
    'reorder_extent_mean',
    'burst_length_mean',
  ]) {
    assert.ok(met(`${metric}<0`, whole), metric);
  }
  assert.not(met('loss_period_mean<2', statisticsOf([1, 4], 4)));
  assert.not(met('reorder_extent_mean<1', statisticsOf([2, 1], 2)));
});

test('what is not met is said with the figure', () => {
  const expectation = readExpectation('lost<=3', '--expect');
  assert.is(formatUnmet(2, expectation, statisticsOf([1], 5)), 'client 2 does not meet lost<=3: lost is 4');
  assert.is(
    formatUnmet(1, readExpectation('corrupted==0', '--expect'), statisticsOf([1], 1)),
    'client 1 does not meet corrupted==0: corrupted is not measured',
  );
});

test.run();
