/** The tests of samples: against small cases by hand, and every division of the values counted one by one. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { holm } from '../../../harness/diff/diffRuns.ts';
import { mannWhitney } from '../../../harness/diff/mannWhitney.ts';
import { medianRatio } from '../../../harness/diff/medianRatio.ts';

const test = suite('samples of two runs');

/** All ways to take so many of the values: how often U is as far from its mean, U by its definition. */
function byCounting(first: readonly number[], second: readonly number[]): { p: number; superiority: number } {
  const values = [...first, ...second];
  const uOf = (some: readonly number[], others: readonly number[]): number =>
    some.reduce((u, a) => u + others.reduce((more, b) => more + (a > b ? 1 : a === b ? 0.5 : 0), 0), 0);
  const mean = (first.length * second.length) / 2;
  const distance = Math.abs(uOf(first, second) - mean);
  let [all, extreme] = [0, 0];
  const choose = (from: number, some: number[], others: number[]): void => {
    if (from === values.length) {
      if (some.length !== first.length) return;
      all += 1;
      if (Math.abs(uOf(some, others) - mean) >= distance) extreme += 1;
      return;
    }
    choose(from + 1, [...some, values[from] as number], others);
    choose(from + 1, some, [...others, values[from] as number]);
  };
  choose(0, [], []);
  return { p: extreme / all, superiority: uOf(second, first) / (first.length * second.length) };
}

test('the rank test is exact in small samples, ties included', () => {
  // Three below three: 2 of the 20 divisions are as extreme.
  assert.equal(mannWhitney([1, 2, 3], [4, 5, 6]), { p: 0.1, superiority: 1 });
  assert.equal(mannWhitney([1, 1, 1], [1, 1]), { p: 1, superiority: 0.5 });
  // Eight below eight: 2 of 12,870.
  const eight = Array.from({ length: 8 }, (_, k) => k);
  const { p } = mannWhitney(
    eight,
    eight.map((value) => value + 8),
  );
  assert.ok(Math.abs(p - 2 / 12_870) < 1e-12);
  const values = fc.array(fc.nat(6), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(values, values, (first, second) => {
      const counted = byCounting(first, second);
      const exact = mannWhitney(first, second);
      assert.ok(Math.abs(exact.p - counted.p) < 1e-9, `${exact.p} is not ${counted.p}`);
      assert.ok(Math.abs(exact.superiority - counted.superiority) < 1e-9);
    }),
    { seed: 5, numRuns: 150 },
  );
});

test('the normal approximation of large samples is near the exact one', () => {
  const sample = (count: number, from: number): number[] =>
    Array.from({ length: count }, (_, k) => ((k * 37) % 101) + from);
  for (const shift of [0, 5, 20, 60]) {
    const exact = mannWhitney(sample(30, 0), sample(30, shift)).p;
    const normal = mannWhitney(sample(31, 0), sample(31, shift)).p;
    assert.ok(Math.abs(exact - normal) < 0.05, `${exact} and ${normal}`);
  }
  assert.is(mannWhitney(Array(40).fill(3), Array(40).fill(3)).p, 1);
});

test('the ratio of two medians with an interval that is the same each time', () => {
  const [before, after] = [
    [100, 101, 99, 100, 102, 98, 100, 100],
    [80, 81, 79, 80, 82, 78, 80, 80],
  ];
  const ratio = medianRatio(before, after, 'key');
  assert.equal(ratio, medianRatio(before, after, 'key'));
  assert.equal([ratio.before, ratio.after, ratio.ratio], [100, 80, 0.8]);
  assert.ok(ratio.low > 0.77 && ratio.low <= 0.8 && ratio.high >= 0.8 && ratio.high < 0.83);
});

test('Holm corrects the smallest the most, and keeps the order', () => {
  assert.equal(
    holm([0.01, 0.04, 0.03]).map((p) => Number(p.toFixed(6))),
    [0.03, 0.06, 0.06],
  );
  assert.equal(holm([0.6, 0.9]), [1, 1]);
  assert.equal(holm([]), []);
});

test.run();
