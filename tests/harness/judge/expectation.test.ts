import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  clientSubjects,
  formatExpectation,
  formatUnmet,
  isBroken,
  isMet,
  judgeExpectations,
  readExpectation,
} from '../../../harness/judge/expectation.ts';
import { StreamMetrics } from '../../../src/metrics/streamMetrics.ts';
import type { Statistics } from '../../../src/metrics/catalogue.ts';
import { assertRefusal } from '../../refusals.ts';

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

test('anything else is refused in one line, with the names there are', async () => {
  for (const [text, refused] of [
    ['lost', 'value-format | --expect'],
    ['lost=<3', 'value-format | --expect'],
    ['loss_ratio≤5%', 'value-format | --expect'],
    ['lost<=', 'value-format | --expect'],
    ['lost<=3 ms', 'value-format | --expect'],
    ['lost<=5%', 'value-format | --expect'],
    ['delay_max_us<=5%', 'value-format | --expect'],
    ['throughput_bps>=10mbit', 'value-format | --expect'],
    ['loss_ratio<=5ms', 'value-format | --expect'],
    ['delay_max<=5ms', 'unknown-choice | --expect'],
    ['losr<=5', 'unknown-choice | --expect'],
    ['jiter_us<=5', 'unknown-choice | --expect'],
    ['loss<=5%', 'unknown-choice | --expect'],
    ['lost<=1e3', 'value-format | --expect'],
    ['', 'value-format | --expect'],
    ['losses<=3', 'unknown-choice | --expect'],
    ['goals<=3', 'unknown-choice | --expect'],
    ['constructor<=3', 'unknown-choice | --expect'],
  ] as const) {
    await assertRefusal(() => readExpectation(text, '--expect'), refused);
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

test('an expectation is broken for good by what can only grow, and by nothing else', () => {
  const figures = { received: 10, lost: 4, duplicates: 1, reordered: 2 };
  const broken = (text: string): boolean => isBroken(readExpectation(text, '--expect'), figures, 100);
  for (const text of [
    'lost<=3',
    'lost<4',
    'lost==3',
    'received<=9',
    'duplicates==0',
    'reordered<2',
    'loss_ratio<=3.9%',
    'loss_ratio<4%',
  ])
    assert.ok(broken(text), text);
  for (const text of [
    'lost<=4',
    'lost<5',
    'lost==4',
    'lost==9',
    'lost!=4',
    'lost>=9',
    'lost>4',
    'loss_ratio<=4%',
    'loss_ratio>=90%',
    // Nothing is said of these before the end.
    'delay_max_us<=0',
    'loss_period_max<1',
    'unique<=3',
  ])
    assert.not(broken(text), text);
});

test('every subject is held against every expectation, and one that is not decided to none', () => {
  const clients = clientSubjects([statisticsOf([1, 2], 5), statisticsOf([1, 2, 3, 4, 5], 5)]);
  const [three, none] = ['lost<=2', 'loss_period_mean<=1'].map((text) => readExpectation(text, '--expect'));
  assert.ok(three !== undefined && none !== undefined);
  assert.equal(judgeExpectations([three, none], clients), [
    { subject: 'client 1', expectation: 'lost<=2', metric: 'lost', measured: 3, result: 'not met' },
    { subject: 'client 2', expectation: 'lost<=2', metric: 'lost', measured: 0, result: 'met' },
    {
      subject: 'client 1',
      expectation: 'loss_period_mean<=1',
      metric: 'loss_period_mean',
      measured: 3,
      result: 'not met',
    },
    {
      subject: 'client 2',
      expectation: 'loss_period_mean<=1',
      metric: 'loss_period_mean',
      measured: 'none',
      result: 'met',
    },
  ]);
  assert.equal(
    judgeExpectations([three], clients, (_, { name }) => name === 'client 1').map(({ result }) => result),
    ['not met', 'not decided'],
  );
  // What it cannot have, it is not held to.
  assert.equal(judgeExpectations([three], [{ name: 'a', figureOf: () => undefined }]), []);
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
