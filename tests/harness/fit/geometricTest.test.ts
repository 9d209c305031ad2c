import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testGeometric } from '../../../harness/fit/geometricTest.ts';

const test = suite('lengths are tested against the geometric distribution');

test('a case by hand: 40 runs that end with probability a half', () => {
  // Expected 20, 10, 5 and, from length 4 on, 5. Seen 18, 12, 7 and 3.
  const lengths = new Map([
    [1, 18],
    [2, 12],
    [3, 7],
    [4, 2],
    [9, 1],
  ]);
  const result = testGeometric(lengths, 0.5);
  assert.is(result?.runs, 40);
  assert.is(result?.classes, 4);
  assert.is(result?.degreesOfFreedom, 2);
  assert.ok(Math.abs((result?.statistic ?? 0) - (4 / 20 + 4 / 10 + 4 / 5 + 4 / 5)) < 1e-12);
  // With two degrees of freedom the tail is e^(−x / 2).
  assert.ok(Math.abs((result?.pValue ?? 0) - Math.exp(-1.1)) < 1e-12);
});

test('too few runs, or runs of too few lengths, are not tested', () => {
  assert.is(testGeometric(new Map(), 0.5), null);
  assert.is(testGeometric(new Map([[1, 19]]), 0.5), null);
  assert.is(testGeometric(new Map([[1, 1000]]), 1), null);
  assert.is(testGeometric(new Map([[1, 1000]]), 0.999), null);
  assert.is.not(testGeometric(new Map([[1, 20]]), 0.5), null);
});

/** Classes one length at a time, from the definition; next to no run is longer than `most`. */
function slowly(lengths: ReadonlyMap<number, number>, endRatio: number) {
  const runs = [...lengths.values()].reduce((total, times) => total + times, 0);
  const most = Math.ceil(60 / endRatio);
  /** The last length of each class. */
  const endsOf = (least: number): number[] => {
    const ends: number[] = [];
    let inClass = 0;
    let left = runs;
    for (let k = 1; k <= most && left >= least - 1e-7; k += 1) {
      inClass += runs * (1 - endRatio) ** (k - 1) * endRatio;
      if (inClass < least - 1e-7) continue;
      ends.push(k);
      left -= inClass;
      inClass = 0;
    }
    return ends;
  };
  let ends = endsOf(5);
  if (ends.length > 50) ends = endsOf(runs / 50);
  let statistic = 0;
  for (const [place, end] of ends.entries()) {
    const start = (ends[place - 1] ?? 0) + 1;
    const isLast = place === ends.length - 1;
    let observed = 0;
    for (const [length, times] of lengths)
      if (length >= start && (isLast || length <= end)) observed += times;
    let expected = 0;
    for (let k = start; k <= (isLast ? most : end); k += 1)
      expected += runs * (1 - endRatio) ** (k - 1) * endRatio;
    statistic += (observed - expected) ** 2 / expected;
  }
  return { classes: ends.length, statistic };
}

test('classes and statistic are those of adding up one length after another', () => {
  let tested = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9999 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 400 })), {
        maxLength: 60,
      }),
      (tenThousandths, drawn) => {
        const endRatio = tenThousandths / 10_000;
        const lengths = new Map(drawn);
        const result = testGeometric(lengths, endRatio);
        const judged = slowly(lengths, endRatio);
        if (result === null) {
          assert.ok(judged.classes < 3, `${judged.classes} classes, but not tested`);
          return;
        }
        tested += 1;
        assert.is(result.classes, judged.classes);
        assert.is(result.degreesOfFreedom, judged.classes - 2);
        const scale = Math.max(1, judged.statistic);
        assert.ok(Math.abs(result.statistic - judged.statistic) < 1e-6 * scale, `${result.statistic}`);
      },
    ),
    { seed: 3, numRuns: 150 },
  );
  assert.ok(tested > 75, `only ${tested} were tested`);
});

test.run();
