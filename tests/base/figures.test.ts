import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatNumber } from '../../src/base/figures.ts';

const test = suite('figures');

test('numbers have neither exponents nor float dust', () => {
  const cases: [number, string][] = [
    [0, '0'],
    [-0, '0'],
    [12, '12'],
    [-3, '-3'],
    [1e15, '1000000000000000'],
    [0.1 + 0.2, '0.3'],
    [0.05, '0.05'],
    [2 / 3, '0.666667'],
    [100 / 3, '33.333333'],
    [1.0000000001, '1'],
    [-1.5, '-1.5'],
    [2.5e-7, '0.00000025'],
    [1 / 3e7, '0.0000000333333'],
    [10.5, '10.5'],
    [100.0000001, '100'],
  ];
  for (const [value, text] of cases) assert.is(formatNumber(value), text);
  assert.throws(() => formatNumber(Number.NaN), /no figure/);
  assert.throws(() => formatNumber(Infinity), /no figure/);
});

test.run();
