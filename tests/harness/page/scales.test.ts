/** Axes of the page's drawings: their ends, their ticks, and the texts of these. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  linearScale,
  logScale,
  medianOf,
  placeOf,
  shortNumber,
  shortTime,
} from '../../../harness/page/scales.ts';
import { randomStream } from '../../../src/base/random.ts';

const test = suite('axes of the page');

test('a linear axis ends at round ticks around its values', () => {
  assert.equal(linearScale([0, 93]).ticks, [0, 20, 40, 60, 80, 100]);
  assert.equal(linearScale([-3, 3]).ticks, [-4, -2, 0, 2, 4]);
  assert.equal(linearScale([0.1, 0.35]).ticks, [0.1, 0.15, 0.2, 0.25, 0.3, 0.35]);
  assert.equal(linearScale([5]).ticks.length >= 2, true);
  assert.equal(linearScale([0]).ticks.length >= 2, true);
});

test('every value lies on its axis, whatever they are', () => {
  const { draw } = randomStream('axes');
  for (let round = 0; round < 500; round += 1) {
    const values = Array.from({ length: 3 }, () => (draw() - 0.3) * 10 ** Math.floor(draw() * 12 - 4));
    for (const scale of [linearScale(values), logScale(values.map((value) => Math.abs(value) + 1e-9))]) {
      const all = scale.isLog ? values.map((value) => Math.abs(value) + 1e-9) : values;
      for (const value of all) {
        const place = placeOf(scale, value);
        assert.ok(place >= -1e-9 && place <= 1 + 1e-9, `${value} in ${scale.low}..${scale.high}`);
      }
      assert.ok(scale.ticks.length >= 2 && scale.ticks.length < 40);
    }
  }
});

test('a logarithmic axis has a tick a power of ten', () => {
  assert.equal(logScale([2, 500]).ticks, [1, 10, 100, 1000]);
  assert.equal(logScale([10, 10]).ticks, [10, 100]);
  assert.is(placeOf(logScale([1, 100]), 10), 0.5);
});

test('whole numbers have whole ticks, and room below 1 on a logarithmic axis', () => {
  assert.equal(linearScale([0, 1], 5, true).ticks, [0, 1]);
  assert.equal(linearScale([-2, 4], 5, true).ticks, [-2, 0, 2, 4]);
  assert.equal([logScale([1, 40], 0.5).low, logScale([1, 40], 0.5).ticks], [0.5, [1, 10, 100]]);
});

test('texts of ticks', () => {
  assert.equal([0, 950, 20_000, 1.5e6, 3e9, 0.25].map(shortNumber), [
    '0',
    '950',
    '20k',
    '1.5M',
    '3G',
    '0.25',
  ]);
  assert.equal([0, 0.25, 1, 999.9, 1234, 2e6, -1500].map(shortTime), [
    '0',
    '250 ns',
    '1 µs',
    '1 ms',
    '1.23 ms',
    '2 s',
    '-1.5 ms',
  ]);
});

test('the median of rounds', () => {
  assert.equal([[3], [3, 1], [9, 1, 2], [4, 1, 3, 2]].map(medianOf), [3, 2, 2, 2.5]);
});

test.run();
