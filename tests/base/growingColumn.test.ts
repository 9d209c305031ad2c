import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GrowingColumn } from '../../src/base/growingColumn.ts';

const test = suite('a growing column');

test('it doubles until it has the rows, and keeps its kind and its numbers', () => {
  const column = new GrowingColumn(Int32Array.of(-7, 8, 2 ** 31 - 1));
  column.fit(13);
  assert.is(column.length, 16);
  assert.ok(column.values instanceof Int32Array);
  assert.equal([...column.values], [-7, 8, 2 ** 31 - 1, ...Array(13).fill(0)]);
  column.fit(17);
  assert.is(column.length, 32);
  assert.is(column.values.length, 32);
  assert.is(column.values[2], 2 ** 31 - 1);
});

test('a column that is long enough stays the very same array', () => {
  const column = new GrowingColumn(new Float64Array(4));
  const { values } = column;
  column.fit(4);
  column.fit(0);
  assert.is(column.values, values);
  assert.is(column.length, 4);
});

test('what was never written is absent, in the first rows and in those added', () => {
  const column = new GrowingColumn(new Float64Array(2), Number.NaN);
  column.values[1] = 5;
  column.fit(3);
  assert.is(column.values[1], 5);
  assert.ok([0, 2, column.length - 1].every((row) => Number.isNaN(column.values[row])));
});

test('it may begin with nothing', () => {
  const column = new GrowingColumn(new Uint16Array(0));
  column.fit(1);
  assert.is(column.length, 16);
  column.values[15] = 65_535;
  column.fit(100);
  assert.is(column.length, 128);
  assert.is(column.values[15], 65_535);
});

test.run();
