import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Turns } from '../../../../harness/proxy/path/turns.ts';
import { GrowingColumn } from '../../../../src/base/growingColumn.ts';

const test = suite('turns');

const ranked = (...ranks: number[]): GrowingColumn<Float64Array> =>
  new GrowingColumn(Float64Array.from(ranks));

test('the first is by time, then by index, then by rank', () => {
  const turns = new Turns(ranked(3, 1, 2, 0));
  assert.equal([turns.first, turns.firstNs], [-1, Infinity]);
  turns.set(0, 5, 1);
  turns.set(1, 5, 2);
  turns.set(2, 5, 1);
  turns.set(3, 6, 0);
  const order: number[] = [];
  while (turns.count > 0) {
    order.push(turns.first);
    turns.set(turns.first, Infinity, 0);
  }
  assert.equal(order, [2, 0, 1, 3]);
});

test('turns are compared with those of others by the same rules', () => {
  const ranks = ranked(1, 2);
  const [some, others] = [new Turns(ranks), new Turns(ranks)];
  some.set(0, 5, 7);
  others.set(1, 5, 7);
  assert.ok(some.precedes(0, others, 1));
  assert.not(others.precedes(1, some, 0));
  others.set(1, 5, 6);
  assert.ok(others.precedes(1, some, 0));
  others.set(1, 4, 9);
  assert.ok(others.precedes(1, some, 0));
});

test('after any changes the first is the least of all that have a turn (seeded)', () => {
  const change = fc.record({
    slot: fc.nat(12),
    timeNs: fc.oneof(fc.nat(5), fc.constant(Infinity)),
    index: fc.nat(3),
  });
  let ties = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 50, maxLength: 100, size: 'max' }), (changes) => {
      const turns = new Turns(ranked(...Array.from({ length: 13 }, (_, slot) => (slot * 5) % 13)));
      const model = new Map<number, readonly [number, number, number]>();
      for (const { slot, timeNs, index } of changes) {
        turns.set(slot, timeNs, index);
        if (timeNs === Infinity) model.delete(slot);
        else model.set(slot, [timeNs, index, (slot * 5) % 13]);
        const sorted = [...model].toSorted(([, a], [, b]) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
        assert.is(turns.count, model.size);
        assert.is(turns.first, sorted[0]?.[0] ?? -1);
        if (sorted.length > 1 && sorted[0]?.[1][0] === sorted[1]?.[1][0]) ties += 1;
      }
    }),
    { seed: 3, numRuns: 200 },
  );
  assert.ok(ties > 1000, `${ties} ties`);
});

test.run();
