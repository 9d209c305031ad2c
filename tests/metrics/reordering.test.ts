import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Reordering } from '../../src/metrics/reordering.ts';

/** Hands unique counts to a window of 8, 10 ns apart. */
function summaryOf(counts: number[]) {
  const reordering = new Reordering(8);
  let highest = 0;
  counts.forEach((count, k) => {
    if (count > highest) {
      reordering.handleAdvance(highest, count, k * 10);
      highest = count;
    } else reordering.handleLate(count, k * 10);
  });
  return reordering.summary();
}

const test = suite('reordering');

test('arrivals in order are not reordered, gaps or not', () => {
  assert.equal(summaryOf([1, 2, 5, 100]), {
    reordered: 0,
    extentMax: 0,
    extentMean: null,
    lateOffsetMaxNs: null,
    nReordering: [0, 0, 0],
  });
});

test('the extent reaches back to the earliest greater count, not the nearest', () => {
  assert.equal(summaryOf([4, 1, 5, 2, 3]), {
    reordered: 3,
    extentMax: 4,
    extentMean: 8 / 3,
    lateOffsetMaxNs: 40,
    nReordering: [2, 0, 0],
  });
});

test('a count overtaken after a jump remembers the jump', () => {
  assert.equal(summaryOf([1, 2, 20, 21, 15, 14]), {
    reordered: 2,
    extentMax: 3,
    extentMean: 2.5,
    lateOffsetMaxNs: 30,
    nReordering: [2, 2, 1],
  });
});

test('n-reordering needs n arrivals before it', () => {
  assert.equal(summaryOf([2, 1]).nReordering, [1, 0, 0]);
  assert.equal(summaryOf([2, 3, 1]).nReordering, [1, 1, 0]);
  assert.equal(summaryOf([2, 3, 4, 1]).nReordering, [1, 1, 1]);
});

test.run();
