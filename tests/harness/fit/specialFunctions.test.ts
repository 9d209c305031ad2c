import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  chiSquareTail,
  lnGamma,
  regularisedBeta,
  upperGamma,
} from '../../../harness/fit/specialFunctions.ts';

const near = (value: number, expected: number, relative: number): void =>
  assert.ok(
    Math.abs(value - expected) <= relative * Math.abs(expected),
    `${value}, expected ${expected} to ${relative}`,
  );

const gamma = suite('the gamma functions');

gamma('ln Γ is ln (n − 1)! at whole numbers and ln √π at a half', () => {
  near(lnGamma(10), Math.log(362_880), 1e-14);
  near(lnGamma(0.5), 0.572_364_942_924_700_1, 1e-14);
  near(lnGamma(1e-3), 6.907_178_885_383_853, 1e-14);
  near(lnGamma(1e9), 19_723_265_827.503_716, 1e-14);
  assert.ok(Math.abs(lnGamma(1)) < 1e-14 && Math.abs(lnGamma(2)) < 1e-14);
});

gamma('Q(1, x) is e^−x, below and above the change of method', () => {
  for (const x of [1e-9, 0.5, 1.999, 2, 2.001, 30, 600]) near(upperGamma(1, x), Math.exp(-x), 1e-12);
  assert.is(upperGamma(3, 0), 1);
});

gamma('chi-square tails are those of the printed tables', () => {
  // Upper 5 %, 1 %, 5 %, 5 % points, to six decimals (such as table 26.8 of Abramowitz and Stegun).
  for (const [point, freedom, tail] of [
    [3.841_459, 1, 0.05],
    [15.086_272, 5, 0.01],
    [18.307_038, 10, 0.05],
    [43.772_972, 30, 0.05],
  ] as const) {
    near(chiSquareTail(point, freedom), tail, 3e-7);
  }
});

gamma('chi-square tails agree with SciPy 1.17 far out and close in', () => {
  for (const [statistic, freedom, tail] of [
    [0.01, 1, 0.920_344_325_445_942],
    [30, 48, 0.980_535_425_627_977_2],
    [100, 48, 1.602_038_390_960_96e-5],
    [700, 3, 2.099_130_853_420_45e-151],
  ] as const) {
    near(chiSquareTail(statistic, freedom), tail, 1e-11);
  }
  assert.is(chiSquareTail(1e6, 1), 0);
});

gamma.run();

const beta = suite('the regularised incomplete beta function');

beta('it has the values of its closed forms', () => {
  near(regularisedBeta(0.5, 2, 3), 11 / 16, 1e-13);
  near(regularisedBeta(0.3, 7, 1), 0.3 ** 7, 1e-13);
  near(regularisedBeta(0.3, 0.5, 0.5), (2 / Math.PI) * Math.asin(Math.sqrt(0.3)), 1e-13);
  near(regularisedBeta(0.06, 50, 950), 0.920_943_346_098_859, 1e-11);
  assert.is(regularisedBeta(0, 2, 3), 0);
  assert.is(regularisedBeta(1, 2, 3), 1);
});

beta('it is the upper tail of a binomial, summed term by term', () => {
  const n = 12;
  for (const p of [0.01, 0.2, 0.5, 0.93]) {
    let tail = 0;
    let choose = 1;
    for (let k = n; k >= 1; k -= 1) {
      tail += choose * p ** k * (1 - p) ** (n - k);
      choose = (choose * k) / (n - k + 1);
      near(regularisedBeta(p, k, n - k + 1), tail, 1e-11);
    }
  }
});

beta.run();
