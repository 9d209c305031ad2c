import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ledgerRow } from '../../../harness/judge/accounting.ts';
import {
  compareMetrics,
  kernelDropsExplain,
  sameFigure,
  worstVerdict,
} from '../../../harness/judge/compare.ts';
import { METRIC_NAMES, METRICS } from '../../../src/metrics/catalogue.ts';
import type { Comparison, ComparisonRow } from '../../../harness/judge/compare.ts';
import type { ExpectedValue, MeasuredValue } from '../../../harness/expected/expectedValue.ts';
import type { MetricName } from '../../../src/metrics/catalogue.ts';

const account = (drops: number, unexplained = 0) =>
  ledgerRow({
    flow: 1,
    direction: 'down',
    client: 2,
    sent: 100,
    proxy: null,
    delivered: 100 - drops - unexplained,
    kernel: { drops, coalesced: false },
  });

const COMPARISON: Comparison = {
  flow: 1,
  direction: 'down',
  client: 2,
  intervalUs: 1000,
  configured: {},
  expected: {},
  measured: {},
  untrusted: new Set(),
  ledger: account(0),
};

const exactly = (value: number | null): ExpectedValue => ({ value, low: null, high: null });
const range = (low: number | null, high: number | null): ExpectedValue => ({ value: null, low, high });

function rowOf(
  metric: MetricName,
  expected: ExpectedValue | null,
  measured: MeasuredValue,
  more: Partial<Comparison> = {},
): ComparisonRow {
  const rows = compareMetrics({
    ...COMPARISON,
    expected: expected === null ? {} : { [metric]: expected },
    measured: { [metric]: measured },
    ...more,
  });
  return rows.find((row) => row.metric === metric) as ComparisonRow;
}

const test = suite('the comparison');

test('a row holds configured, expected and measured', () => {
  assert.equal(
    rowOf('loss_ratio', exactly(0.06), 0.06, {
      configured: { loss_ratio: { value: 0.05, low: 0.02, high: 0.09 } },
    }),
    {
      flow: 1,
      direction: 'down',
      client: 2,
      interval_us: 1000,
      metric: 'loss_ratio',
      unit: 'ratio',
      configured: 0.05,
      expected: 0.06,
      expected_low: null,
      expected_high: null,
      measured: 0.06,
      difference: 0,
      verdict: 'match',
      configured_low: 0.02,
      configured_high: 0.09,
      stream: null,
      entered: 'none',
    },
  );
});

test('the accepted range and what the knob allows stand in columns of their own', () => {
  const configured = { delay_p50_us: { value: 5000, low: 4000, high: 6000 } };
  const banded = rowOf('delay_p50_us', { value: 5200, low: 5100, high: 5900 }, 5300, { configured });
  assert.equal(
    [
      banded.expected_low,
      banded.expected_high,
      banded.configured_low,
      banded.configured_high,
      banded.verdict,
    ],
    [5100, 5900, 4000, 6000, 'within'],
  );
  // A verdict by equality has no range, whatever the knob allows; and without an expectation the knob still says its own.
  const exact = rowOf('delay_p50_us', exactly(5200), 5300, { configured });
  assert.equal([exact.expected_low, exact.expected_high, exact.verdict], [null, null, 'mismatch']);
  const unknown = rowOf('delay_p50_us', null, 5300, { configured });
  assert.equal(
    [unknown.expected_low, unknown.expected_high, unknown.configured_low, unknown.configured_high],
    [null, null, 4000, 6000],
  );
});

test('every metric has a row, in the order of the catalogue', () => {
  assert.equal(
    compareMetrics(COMPARISON).map((row) => row.metric),
    METRIC_NAMES.filter(
      (name) => !['outside_window', 'before_first', 'unindexed', 'restarts'].includes(name),
    ),
  );
});

test('a count is equal or it is a mismatch', () => {
  assert.is(rowOf('lost', exactly(5), 5).verdict, 'match');
  const off = rowOf('lost', exactly(5), 6);
  assert.is(off.verdict, 'mismatch');
  assert.is(off.difference, 1);
});

test('a mean may differ in its last bits only', () => {
  assert.ok(sameFigure('quotient', 1 / 3, 1 / 3 + 1e-12));
  assert.not(sameFigure('quotient', 1 / 3, 1 / 3 + 1e-8));
  assert.not(sameFigure('quotient', 0, 1e-300));
  assert.not(sameFigure('count', 5, 5 + 1e-12));
  const row = rowOf('reorder_extent_mean', exactly(0.3), 0.1 + 0.2);
  assert.is(row.verdict, 'match');
  assert.is(row.difference, 0);
});

test('a range holds its ends, and may be open', () => {
  assert.is(rowOf('loss_ratio', range(0.04, 0.06), 0.04).verdict, 'within');
  assert.is(rowOf('loss_ratio', range(0.04, 0.06), 0.06).verdict, 'within');
  assert.is(rowOf('loss_ratio', range(0.04, 0.06), 0.061).verdict, 'mismatch');
  assert.is(rowOf('loss_ratio', range(0.04, 0.06), 0.061).difference, null);
  assert.is(rowOf('throughput_pps', range(900, null), 1e9).verdict, 'within');
  assert.is(rowOf('throughput_pps', range(900, null), 899).verdict, 'mismatch');
});

test('a value with a range is judged by the range', () => {
  const row = rowOf('delay_p50_us', { value: 2000, low: 1997, high: 2003 }, 2001);
  assert.is(row.verdict, 'within');
  assert.is(row.difference, 1);
});

test('without a figure on either side nothing is judged', () => {
  assert.is(rowOf('corrupted', exactly(3), null).verdict, 'not measured');
  assert.is(rowOf('jitter_us', null, 12).verdict, 'not measured');
  assert.is(rowOf('loss_period_mean', exactly(null), null).verdict, 'not measured');
  assert.is(rowOf('jitter_us', null, 'none').verdict, 'not measured');
});

test('where there is nothing to take a mean over, on either side, they agree', () => {
  const row = rowOf('loss_period_mean', exactly(null), 'none');
  assert.equal([row.expected, row.measured, row.difference, row.verdict], [null, 'none', null, 'match']);
});

test('no figure where there must be one is a mismatch, but for what the kernel dropped', () => {
  assert.is(rowOf('reorder_extent_mean', exactly(2.5), 'none').verdict, 'mismatch');
  assert.is(rowOf('throughput_pps', range(900, null), 'none').verdict, 'mismatch');
  assert.is(
    rowOf('reorder_extent_mean', exactly(2.5), 'none', { ledger: account(3) }).verdict,
    'kernel drop',
  );
});

test('a figure where there can be none is a mismatch', () => {
  assert.is(rowOf('loss_period_mean', exactly(null), 1).verdict, 'mismatch');
});

test('a figure that cannot be trusted is withheld', () => {
  const untrusted = new Set(METRIC_NAMES.filter((name) => METRICS[name].isOrdered));
  const row = rowOf('reordered', exactly(5), 5, { untrusted });
  assert.is(row.measured, null);
  assert.is(row.verdict, 'not measured');
  assert.is(rowOf('lost', exactly(5), 5, { untrusted }).verdict, 'match');
});

test('kernel drops in the ledger explain a difference', () => {
  assert.is(rowOf('lost', exactly(5), 8, { ledger: account(3) }).verdict, 'kernel drop');
  assert.is(rowOf('reordered', exactly(5), 1, { ledger: account(3) }).verdict, 'kernel drop');
  assert.is(rowOf('loss_period_mean', exactly(null), 1, { ledger: account(3) }).verdict, 'kernel drop');
  assert.is(rowOf('loss_ratio', range(0.01, 0.02), 0.05, { ledger: account(3) }).verdict, 'kernel drop');
});

test('kernel drops explain no more than they can do', () => {
  const ledger = account(3);
  assert.is(rowOf('lost', exactly(5), 9, { ledger }).verdict, 'mismatch'); // 4 by 3 drops
  assert.is(rowOf('lost', exactly(5), 4, { ledger }).verdict, 'mismatch'); // the wrong way
  assert.is(rowOf('unique', exactly(95), 96, { ledger }).verdict, 'mismatch');
  assert.is(rowOf('loss_ratio', range(0.01, 0.02), 0.001, { ledger }).verdict, 'mismatch');
  assert.is(rowOf('sent', exactly(100), 97, { ledger }).verdict, 'mismatch');
});

test('kernel drops explain nothing while the ledger does not add up', () => {
  assert.not(kernelDropsExplain('lost', 1, account(3, 1)));
  assert.not(kernelDropsExplain('lost', 1, account(0)));
  assert.ok(kernelDropsExplain('lost', 1, account(3)));
});

test('a mismatch is worst, and what is not measured hides nothing', () => {
  assert.is(worstVerdict(['match', 'kernel drop', 'mismatch']), 'mismatch');
  assert.is(worstVerdict(['match', 'kernel drop', 'within']), 'kernel drop');
  assert.is(worstVerdict(['match', 'within']), 'within');
  assert.is(worstVerdict(['not measured', 'match']), 'match');
  assert.is(worstVerdict(['not measured']), 'not measured');
  assert.is(worstVerdict([]), 'not measured');
});

test.run();
