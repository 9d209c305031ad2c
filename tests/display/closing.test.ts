import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { closingLines, formatUs, healthWords } from '../../src/display/closing.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';

const test = suite('what a client closes with');

/** A stream of datagrams a millisecond apart: arrivals as count and lateness, microseconds. */
function measured(last: number | null, ...arrivals: readonly (readonly [count: number, lateUs: number])[]) {
  const metrics = new StreamMetrics({ firstCount: 1 });
  for (const [count, lateUs] of arrivals)
    metrics.handleArrival(count, count * 1e6 + lateUs * 1e3, count * 1e6, 100);
  metrics.finish(last);
  return metrics.statistics();
}

const CLEAN = measured(3, [1, 40], [2, 40], [3, 40]);
/** 1, 3, 2, 3 again of 5: 4 and 5 are lost, 2 is out of order. Jitter: (0 + (2000 − 0) / 16) us, without the copy. */
const BAD = measured(5, [1, 0], [3, 0], [2, 2000], [3, 2000]);

test('a clean run says so in few lines, and nothing of what there was not', () => {
  assert.equal(closingLines(CLEAN, null, false), [
    'received      3 of 3',
    'lost          0',
    'twice         0',
    'out of order  0',
    'late          at most 0 ms after the earliest; 99 % within 0 ms',
    'jitter        0 ms',
  ]);
});

test('what went wrong is counted, with the share of losses', () => {
  assert.equal(closingLines(BAD, null, false).slice(0, 4), [
    'received      3 of 5',
    'lost          2 (40 %)',
    'twice         1',
    'out of order  1',
  ]);
});

test('an original stream says no sending times and no last count: what cannot be known is left out', () => {
  const metrics = new StreamMetrics({ firstCount: null });
  metrics.handleArrival(7, 1e6, Number.NaN, 100);
  metrics.handleMalformed();
  metrics.finish(null);
  assert.equal(closingLines(metrics.statistics(), null, false), [
    'received      1',
    'lost          0',
    'twice         0',
    'out of order  0',
    'malformed     1',
  ]);
});

test('at 40 columns a figure is broken between words, below itself', () => {
  assert.equal(closingLines(BAD, 40, false).slice(4, 7), [
    'late          at most 2 ms after the',
    '              earliest; 99 % within 2 ms',
    'jitter        0.125 ms',
  ]);
});

test('losses are red, and only with colour', () => {
  assert.is(closingLines(BAD, null, true)[1], 'lost          \u001B[31m2 (40 %)\u001B[0m');
  assert.is(closingLines(CLEAN, null, true)[1], 'lost          0');
});

test('times as a person reads them', () => {
  assert.equal([0, 0.4, 12, 12_345, 999_000, 2_412_345].map(formatUs), [
    '0 ms',
    '0.0004 ms',
    '0.012 ms',
    '12.3 ms',
    '999 ms',
    '2.41 s',
  ]);
});

test('the same in one line while it runs', () => {
  const line = (...of: Parameters<typeof healthWords>): string =>
    healthWords(...of)
      .map(({ text }) => text)
      .join(' ');
  assert.is(line(CLEAN, 9.96), 'received 3, 9.96/s, lost 0, twice 0, out of order 0, jitter 0 ms');
  assert.is(line(BAD, null), 'received 4, lost 2, twice 1, out of order 1, jitter 0.125 ms');
});

test.run();
