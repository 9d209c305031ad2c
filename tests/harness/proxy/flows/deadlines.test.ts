import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Deadlines } from '../../../../harness/proxy/flows/deadlines.ts';

const test = suite('many deadlines');

/** Takes all, the first one first. */
function drained(deadlines: Deadlines): { slot: number; timeNs: number }[] {
  const taken: { slot: number; timeNs: number }[] = [];
  while (deadlines.count > 0) {
    const { firstSlot: slot, firstNs: timeNs } = deadlines;
    taken.push({ slot, timeNs });
    deadlines.set(slot, Infinity);
  }
  return taken;
}

test('the first of ten is read, whatever the order in which they were set', () => {
  const deadlines = new Deadlines();
  assert.equal([deadlines.firstSlot, deadlines.firstNs, deadlines.count], [-1, Infinity, 0]);
  const timesNs = [70, 20, 90, 10, 50, 30, 80, 100, 60, 40];
  for (const [slot, timeNs] of timesNs.entries()) deadlines.set(slot, timeNs);
  assert.equal([deadlines.firstSlot, deadlines.firstNs, deadlines.count], [3, 10, 10]);
  deadlines.set(3, 95);
  deadlines.set(7, 5);
  deadlines.set(1, Infinity);
  deadlines.set(1, Infinity);
  assert.equal(drained(deadlines), [
    { slot: 7, timeNs: 5 },
    { slot: 5, timeNs: 30 },
    { slot: 9, timeNs: 40 },
    { slot: 4, timeNs: 50 },
    { slot: 8, timeNs: 60 },
    { slot: 0, timeNs: 70 },
    { slot: 6, timeNs: 80 },
    { slot: 2, timeNs: 90 },
    { slot: 3, timeNs: 95 },
  ]);
  assert.equal([deadlines.firstSlot, deadlines.firstNs, deadlines.count], [-1, Infinity, 0]);
});

test('set, moved and removed at random, the first is always the least of all', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.integer({ min: 0, max: 40 }),
          fc.oneof(fc.integer({ min: -5, max: 20 }), fc.constant(Infinity)),
        ),
        { maxLength: 200 },
      ),
      (steps) => {
        const deadlines = new Deadlines();
        const oracle = new Map<number, number>();
        for (const [slot, timeNs] of steps) {
          deadlines.set(slot, timeNs);
          if (timeNs === Infinity) oracle.delete(slot);
          else oracle.set(slot, timeNs);
          const leastNs = Math.min(...oracle.values());
          assert.is(deadlines.firstNs, leastNs);
          assert.is(deadlines.count, oracle.size);
          if (oracle.size > 0) assert.is(oracle.get(deadlines.firstSlot), leastNs);
        }
        const left = drained(deadlines);
        assert.equal(
          left.map(({ timeNs }) => timeNs),
          [...oracle.values()].toSorted((a, b) => a - b),
        );
        for (const { slot, timeNs } of left) assert.is(oracle.get(slot), timeNs);
      },
    ),
    { seed: 11, numRuns: 300 },
  );
});

test.run();
