import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ddmin } from '../../../harness/shrink/ddmin.ts';

const test = suite('delta debugging');

type Fails = (part: readonly number[]) => boolean;

const oneTo = (last: number): number[] => Array.from({ length: last }, (_, k) => k + 1);

/** Runs it, and counts. */
async function minimise(
  items: readonly number[],
  fails: Fails,
): Promise<{ left: readonly number[]; runs: number }> {
  let runs = 0;
  const left = await ddmin(items, (part) => {
    runs += 1;
    return Promise.resolve(fails(part));
  });
  return { left, runs };
}

/** Every single removal, tried. */
function assertOneMinimal(left: readonly number[], fails: Fails): void {
  assert.ok(left.length === 0 || fails(left), `[${left.join()}] does not fail`);
  for (const [k, item] of left.entries()) {
    assert.not(fails(left.toSpliced(k, 1)), `[${left.join()}] fails without ${item}`);
  }
}

const containsAll =
  (needed: readonly number[]): Fails =>
  (part) =>
    needed.every((item) => part.includes(item));

test('the items that are needed are found, and no others', async () => {
  for (const needed of [[1], [100], [3, 97], [50, 51, 52], [1, 20, 21, 64, 99]]) {
    assert.equal((await minimise(oneTo(100), containsAll(needed))).left, needed);
  }
});

test('a threshold leaves exactly as many as it takes', async () => {
  for (const most of [0, 1, 5, 49, 98]) {
    const { left } = await minimise(oneTo(99), (part) => part.length > most);
    assert.is(left.length, most + 1);
  }
});

test('nothing is left of a list that is not needed at all', async () => {
  assert.equal((await minimise(oneTo(8), () => true)).left, []);
  assert.equal((await minimise([], () => true)).left, []);
});

test('a list of which everything is needed stays', async () => {
  assert.equal((await minimise(oneTo(17), (part) => part.length === 17)).left, oneTo(17));
});

test('one item among thousands takes few runs', async () => {
  const { left, runs } = await minimise(oneTo(4096), containsAll([1777]));
  assert.equal(left, [1777]);
  // Halving twelve times, at most two runs each, and the empty list.
  assert.ok(runs <= 25, `${runs} runs`);
});

/** Tests that fail in no orderly way: any part may fail, but the whole does. */
const erratic = fc
  .tuple(fc.integer({ min: 1, max: 14 }), fc.integer(), fc.integer({ min: 2, max: 9 }))
  .map(([size, salt, odds]) => {
    const fails: Fails = (part) => {
      if (part.length === size) return true;
      let mixed = salt | 0;
      for (const item of part) mixed = Math.imul(mixed ^ item, 0x9e3779b1) ^ (mixed >>> 13);
      return (mixed >>> 0) % odds === 0;
    };
    return { size, fails };
  });

test('whatever the test is like, the result fails and is 1-minimal, and is the same again', async () => {
  await fc.assert(
    fc.asyncProperty(erratic, async ({ size, fails }) => {
      const { left } = await minimise(oneTo(size), fails);
      assertOneMinimal(left, fails);
      assert.equal((await minimise(oneTo(size), fails)).left, left);
    }),
    { seed: 11, numRuns: 400 },
  );
});

test('the parts it tries keep the order of the whole', async () => {
  await minimise(oneTo(60), (part) => {
    assert.equal(
      part,
      part.toSorted((a, b) => a - b),
    );
    return part.includes(7) && part.includes(41);
  });
});

test.run();
