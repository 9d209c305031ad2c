import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ReorderBuffer } from '../../../harness/impairment/reorderBuffer.ts';

const test = suite('the hold stage');

/** What happens to one index: its distance when held, 0 when it passes; and whether it never arrived. */
interface Step {
  hold: number;
  dropped: boolean;
  missing: boolean;
}

/** Runs the stage over indices 1, 2, …; returns indices in the order they leave. */
function run(steps: readonly Step[], stage = new ReorderBuffer()): number[] {
  const left: number[] = [];
  const take = (count: number): void => {
    for (let k = 0; k < count; k += 1) left.push(stage.released[k] as number);
  };
  for (const [k, { hold, dropped, missing }] of steps.entries()) {
    if (dropped) continue;
    const index = k + 1;
    if (hold === 0) {
      if (!missing) left.push(index);
      take(stage.pass());
    } else if (!missing) stage.hold(index, index, hold);
  }
  take(stage.flush());
  return left;
}

/** The rule, word by word: each held one finds its d-th later plain pass and leaves right behind it. */
function byRule(steps: readonly Step[]): number[] {
  const passes = steps.flatMap((step, k) => (step.hold === 0 && !step.dropped ? [k + 1] : []));
  const leaving = steps.flatMap((step, k) => {
    const index = k + 1;
    if (step.dropped || step.missing) return [];
    if (step.hold === 0) return [{ index, after: index, rank: 0 }];
    const releasing = passes.filter((pass) => pass > index)[step.hold - 1];
    return [{ index, after: releasing ?? Infinity, rank: 1 }];
  });
  return leaving
    .toSorted((a, b) => (a.after === b.after ? a.rank - b.rank || a.index - b.index : a.after - b.after))
    .map(({ index }) => index);
}

const steps = (missing: number) =>
  fc.array(
    fc
      .record({
        draw: fc.integer({ min: 0, max: 9 }),
        distance: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 1000 })),
        missing: fc.integer({ min: 0, max: 9 }),
      })
      .map(({ draw, distance, missing: luck }) => ({
        hold: draw < 4 ? distance : 0,
        dropped: draw === 9,
        missing: luck < missing,
      })),
    { maxLength: 400 },
  );

test('a held datagram leaves after as many later passes as its distance', () => {
  const p = { hold: 0, dropped: false, missing: false };
  const h = (hold: number): Step => ({ ...p, hold });
  assert.equal(run([p, h(2), p, p, p]), [1, 3, 4, 2, 5]);
});

test('drops and other holds do not count, a missing pass does', () => {
  const p = { hold: 0, dropped: false, missing: false };
  const h = (hold: number): Step => ({ ...p, hold });
  assert.equal(run([h(1), { ...p, dropped: true }, h(1), p, p]), [4, 1, 3, 5]);
  assert.equal(run([h(1), { ...p, missing: true }, p]), [1, 3]);
  assert.equal(run([h(2), { ...h(1), missing: true }, p, p]), [3, 4, 1]);
});

test('the end of the stream lets the rest go in index order', () => {
  const p = { hold: 0, dropped: false, missing: false };
  const h = (hold: number): Step => ({ ...p, hold });
  assert.equal(run([h(9), h(3), p, h(1)]), [3, 1, 2, 4]);
});

test('the stage leaves in the order of the rule, whatever is dropped, held or missing', () => {
  fc.assert(
    fc.property(steps(2), (list) => {
      assert.equal(run(list), byRule(list));
      assert.equal(run(list), run(list));
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('RFC 4737 counts as reordered every held datagram but those flushed before any later pass', () => {
  fc.assert(
    fc.property(steps(0), (list) => {
      let reordered = 0;
      let nextExpected = 1;
      for (const index of run(list)) {
        if (index < nextExpected) reordered += 1;
        else nextExpected = index + 1;
      }
      const lastPass = list.findLastIndex((step) => step.hold === 0 && !step.dropped);
      const holds = list.filter((step, k) => step.hold > 0 && !step.dropped && k < lastPass).length;
      assert.is(reordered, holds);
    }),
    { seed: 12, numRuns: 300 },
  );
});

test('a late datagram takes its place among those that leave with it', () => {
  const stage = new ReorderBuffer();
  stage.hold(5, 50, 1);
  stage.hold(9, 90, 1);
  stage.hold(2, 20, 1);
  stage.hold(7, 70, 1);
  assert.is(stage.pass(), 4);
  assert.equal([...stage.released.subarray(0, 4)], [20, 50, 70, 90]);
});

test('the same index held twice leaves in the order it was held', () => {
  const stage = new ReorderBuffer();
  for (const [index, handle] of [
    [3, 30],
    [9, 90],
    [3, 31],
  ] as const) {
    stage.hold(index, handle, 1);
  }
  assert.is(stage.pass(), 3);
  assert.equal([...stage.released.subarray(0, 3)], [30, 31, 90]);
});

test('a hundred thousand are held at a time, and leave in order', () => {
  const stage = new ReorderBuffer();
  for (let index = 1; index <= 100_000; index += 1) stage.hold(index, index, 7);
  assert.is(stage.heldCount, 100_000);
  for (let pass = 1; pass <= 6; pass += 1) assert.is(stage.pass(), 0);
  assert.is(stage.pass(), 100_000);
  assert.ok(stage.released.subarray(0, 100_000).every((index, k) => index === k + 1));
});

test('thousands held at once come back in order, twice over', () => {
  const stage = new ReorderBuffer();
  for (let round = 0; round < 2; round += 1) {
    for (let index = 1; index <= 5000; index += 1) stage.hold(index, index, 1 + (index % 1000));
    let count = 0;
    for (let pass = 1; pass <= 1000; pass += 1) count += stage.pass();
    assert.is(count, 5000);
    assert.is(stage.heldCount, 0);
  }
});

test('a distance out of range is a broken invariant', () => {
  for (const distance of [0, 1024, Number.NaN]) {
    assert.throws(() => new ReorderBuffer().hold(1, 1, distance), /no such distance/);
  }
});

test.run();
