import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  formatExpectation,
  formatUnmet,
  isMet,
  readExpectation,
} from '../../../harness/judge/expectation.ts';
import { StreamMetrics } from '../../../src/metrics/streamMetrics.ts';
import type { Statistics } from '../../../src/metrics/catalogue.ts';
import { UsageError } from '../../../src/base/errors.ts';

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

test('a share may be a percentage, a time may have a unit, and one sign of equality is enough', () => {
  for (const [text, metric, operator, value] of [
    ['lost=0', 'lost', '==', 0],
    ['loss_ratio<=5%', 'loss_ratio', '<=', 0.05],
    ['loss_ratio < 5.1 %', 'loss_ratio', '<', 0.051],
    ['delay_max_us<=5ms', 'delay_max_us', '<=', 5000],
    ['jitter_us<1.1ms', 'jitter_us', '<', 1100],
    ['pdv_p99_us<=2s', 'pdv_p99_us', '<=', 2e6],
    ['delay_p50_us>=-3us', 'delay_p50_us', '>=', -3],
    ['delay_p50_us>=250ns', 'delay_p50_us', '>=', 0.25],
  ] as const) {
    assert.equal(readExpectation(text, '--expect'), { metric, operator, value }, text);
  }
  assert.ok(Object.is(readExpectation('lost==-0', '--expect').value, 0));
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
      /^--expect: expected METRIC OP NUMBER, such as lost<=3 or loss_ratio<5%, got "lost"; OP is one of < <= > >= == !=$/,
    ],
    ['lost=<3', /^--expect: expected METRIC OP NUMBER.*; did you mean lost<=3[?]$/],
    ['loss_ratio≤5%', /; did you mean loss_ratio<=5%[?]$/],
    ['lost<=', /^--expect: expected METRIC OP NUMBER/],
    ['lost<=3 ms', /^--expect: expected a plain number for lost, got "lost<=3 ms"; leave the unit out$/],
    ['lost<=5%', /^--expect: expected a plain number for lost, got "lost<=5%"; for a share use loss_ratio$/],
    [
      'delay_max_us<=5%',
      /expected a time for delay_max_us, got "delay_max_us<=5%"; write it as delay_max_us<=5ms, or in/,
    ],
    ['throughput_bps>=10mbit', /expected a number in bps for throughput_bps, .*; leave the unit out$/],
    [
      'loss_ratio<=5ms',
      /expected a ratio for loss_ratio, .*; write it as loss_ratio<=5% or loss_ratio<=0.05$/,
    ],
    ['delay_max<=5ms', /expected a metric, got "delay_max"; did you mean delay_max_us[?]$/],
    ['losr<=5', /expected a metric, got "losr"; did you mean lost[?]$/],
    ['jiter_us<=5', /expected a metric, got "jiter_us"; did you mean jitter_us[?]$/],
    ['loss<=5%', /expected a metric, got "loss"; did you mean lost or loss_ratio[?]$/],
    ['lost<=1e3', /^--expect: expected METRIC OP NUMBER/],
    ['', /^--expect: expected METRIC OP NUMBER/],
    ['losses<=3', /^--expect: expected a metric, got "losses"; did you mean lost or loss_ratio[?]$/],
    [
      'goals<=3',
      /^--expect: expected a metric, got "goals"; choose one of sent, received, .*, throughput_bps$/,
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

test('a share of gaps is not met by a client that was promised nothing and heard nothing', () => {
  const metrics = new StreamMetrics({ firstCount: null });
  metrics.finish(null);
  for (const text of ['gap_density_ratio<=1', 'gap_length_mean>0', 'loss_period_mean<=1'])
    assert.not(met(text, metrics.statistics()), text);
  assert.ok(met('gap_length_mean>9', statisticsOf([], 0)));
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
