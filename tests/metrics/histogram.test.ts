import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Float64Histogram } from 'hdr-histogram-js';
import { Histogram, cellOf, middleOf } from '../../src/metrics/histogram.ts';
import { randomStream } from '../../src/base/random.ts';

/** Whole numbers of every size up to 2^53 − 1, with the neighbours of every power of two. */
function numbers(): number[] {
  const { draw } = randomStream('histogram/numbers');
  const found = [0, 1, 2];
  for (let power = 1; power <= 53; power += 1) {
    for (const delta of [-2, -1, 0, 1]) found.push(2 ** power + delta);
    for (let k = 0; k < 50; k += 1) found.push(Math.floor(2 ** power * draw()));
  }
  return found.filter((value) => value >= 0 && Number.isSafeInteger(value));
}

const test = suite('the histogram');

test('the cells are those of an HdrHistogram of three digits', () => {
  const reference = new Float64Histogram(1, Number.MAX_SAFE_INTEGER, 3);
  for (const value of numbers()) assert.is(cellOf(value), reference.countsArrayIndex(value), String(value));
});

test('the middle of a cell is within a 2048th of everything in it', () => {
  for (const value of numbers()) {
    assert.ok(Math.abs(middleOf(cellOf(value)) - value) <= value / 2048, String(value));
  }
});

test('cells rise with their numbers', () => {
  const cells = numbers()
    .toSorted((a, b) => a - b)
    .map(cellOf);
  assert.ok(cells.every((cell, k) => k === 0 || cell >= (cells[k - 1] as number)));
});

test('ranks of small numbers are exact', () => {
  const histogram = new Histogram();
  for (const value of [5, 1, 2047, 5, 9]) histogram.record(value);
  assert.equal(
    [1, 2, 3, 4, 5].map((rank) => histogram.valueAtRank(rank)),
    [1, 5, 5, 9, 2047],
  );
  assert.is(histogram.total, 5);
  assert.throws(() => histogram.valueAtRank(6), /rank 6 of 5/);
});

test.run();
