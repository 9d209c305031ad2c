import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measure, streamOf } from './sequences.ts';

const densityOf = (counts: number[], lastCount: number) => [...measure(streamOf(counts, lastCount)).density];

const test = suite('reorder density');

test('arrivals in order are not displaced, losses or not', () => {
  assert.equal(densityOf([1, 2, 4, 7], 9), [[0, 4]]);
});

test('a swap is one early and one late', () => {
  assert.equal(densityOf([1, 3, 2, 4], 4), [
    [-1, 1],
    [0, 2],
    [1, 1],
  ]);
});

test('receive indexes skip lost counts and duplicates take none', () => {
  // 2 is lost. Receive indexes 1 3 4 5 - 6 7 8 over 1 4 3 5 3 8 7 6: displaced 0 -1 1 0 - -2 0 2.
  assert.equal(densityOf([1, 4, 3, 5, 3, 8, 7, 6], 8), [
    [-2, 1],
    [-1, 1],
    [0, 3],
    [1, 1],
    [2, 1],
  ]);
});

test('displacements as large as the window allows are counted', () => {
  const stream = { ...streamOf([4, 1, 2, 3], 4), windowCounts: 4 };
  assert.equal(
    [...measure(stream).density],
    [
      [-3, 1],
      [1, 3],
    ],
  );
  const back = { ...streamOf([2, 3, 4, 1], 4), windowCounts: 4 };
  assert.equal(
    [...measure(back).density],
    [
      [-1, 3],
      [3, 1],
    ],
  );
});

test.run();
