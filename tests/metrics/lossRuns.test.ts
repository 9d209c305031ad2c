import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LossPeriods } from '../../src/metrics/lossRuns.ts';

const test = suite('loss periods and distances');

test('no loss has no mean', () => {
  assert.equal(new LossPeriods().summary(), { periods: 0, longest: 0, lengthMean: null, distanceMean: null });
});

test('one loss is a period without a distance', () => {
  const losses = new LossPeriods();
  losses.handleLost(5, 1);
  assert.equal(losses.summary(), { periods: 1, longest: 1, lengthMean: 1, distanceMean: null });
});

test('losses 2, 3, 5, 9, 10, 11 are periods of 2, 1, 3 at distances 1, 2, 4, 1, 1', () => {
  const losses = new LossPeriods();
  for (const count of [2, 3, 5, 9, 10, 11]) losses.handleLost(count, 1);
  assert.equal(losses.summary(), { periods: 3, longest: 3, lengthMean: 2, distanceMean: 9 / 5 });
});

test('adjacent ranges are one period', () => {
  const losses = new LossPeriods();
  losses.handleLost(1, 2);
  losses.handleLost(3, 1);
  losses.handleLost(4, 2 ** 50);
  assert.equal(losses.summary(), {
    periods: 1,
    longest: 2 ** 50 + 3,
    lengthMean: 2 ** 50 + 3,
    distanceMean: 1,
  });
});

test.run();
