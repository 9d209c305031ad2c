import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { median, percentile } from '../../src/base/ranks.ts';

const test = suite('the middle and the ranks of a few figures');

test('a median is the middle, or the mean of the two in the middle, of what there is', () => {
  assert.is(median([5, 1, 9]), 5);
  assert.is(median([4, 1, 9, 5]), 4.5);
  assert.is(median([null, 3, null]), 3);
  assert.is(median([null]), null);
});

test('a percentile is the smallest value that so many do not exceed', () => {
  const values = Float64Array.of(1, 2, 3, 4);
  assert.equal(
    [0, 0.01, 0.25, 0.26, 0.5, 0.99, 1].map((share) => percentile(values, share)),
    [1, 1, 1, 2, 2, 4, 4],
  );
  assert.is(percentile([7], 0.5), 7);
  assert.is(percentile([], 0.5), null);
});

test.run();
