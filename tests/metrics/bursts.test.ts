import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BurstsAndGaps } from '../../src/metrics/bursts.ts';

/** Of a pattern in which 1 is received, anything else lost. */
function summaryOf(pattern: string) {
  const bursts = new BurstsAndGaps();
  [...pattern].forEach((c, k) => c !== '1' && bursts.handleLost(k + 1, 1));
  return bursts.summary(1, pattern.length);
}
const ones = (n: number): string => '1'.repeat(n);

const test = suite('bursts and gaps');

test("RFC 3611's worked example has one burst of twelve, density 0.33, gap density 0.04", () => {
  const summary = summaryOf('11110111111111111111111X111X1011110111111111111111111X111111111');
  assert.equal(summary, {
    bursts: 1,
    burstLengthMean: 12,
    burstDensityRatio: 4 / 12,
    gapDensityRatio: 2 / 51,
    gapLengthMean: 51 / 2,
  });
  assert.is(summary.gapDensityRatio?.toFixed(2), '0.04');
});

test('fifteen arrivals between two losses are inside a burst, sixteen are not', () => {
  assert.is(summaryOf(`${ones(20)}0${ones(15)}0${ones(20)}`).burstLengthMean, 17);
  assert.equal(summaryOf(`${ones(20)}0${ones(16)}0${ones(20)}`), {
    bursts: 0,
    burstLengthMean: null,
    burstDensityRatio: null,
    gapDensityRatio: 2 / 58,
    gapLengthMean: 58,
  });
});

test("a lone loss at the stream's edge belongs to the gap", () => {
  assert.is(summaryOf(`0${ones(16)}`).bursts, 0);
  assert.is(summaryOf(`${ones(16)}0`).bursts, 0);
  assert.is(summaryOf('0').bursts, 0);
});

test('two losses in a row are a burst', () => {
  assert.equal(summaryOf('00'), {
    bursts: 1,
    burstLengthMean: 2,
    burstDensityRatio: 1,
    gapDensityRatio: null,
    gapLengthMean: null,
  });
});

test('a burst at the edge leaves no gap there', () => {
  const summary = summaryOf(`00${ones(30)}00`);
  assert.is(summary.bursts, 2);
  assert.is(summary.gapLengthMean, 30);
  assert.is(summaryOf(`00${ones(30)}00${ones(2)}`).gapLengthMean, 16);
});

test('a range counts like its losses one by one', () => {
  const bursts = new BurstsAndGaps();
  bursts.handleLost(3, 1);
  bursts.handleLost(10, 5);
  assert.equal(bursts.summary(1, 40), summaryOf(`110111111${'0'.repeat(5)}${ones(26)}`));
});

test.run();
