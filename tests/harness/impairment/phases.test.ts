import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { PhaseSteps, phasesOf, plannedEpochs, settingsOver } from '../../../harness/impairment/phases.ts';

const test = suite('phases');

const MS = 1e6;
const everyMs = (index: number): number => (index - 1) * MS;
const IMPAIRMENT = readImpairment({
  seed: '42',
  down: { drop: '1%' },
  phases: [
    { atNs: 10 * MS, down: { drop: '2%' } },
    { atNs: 10.5 * MS, up: { delay: '5ms' } },
    { atNs: 20 * MS, down: {} },
  ],
});

test('a phase begins at the first index at its time or later, and is an epoch of its number', () => {
  const down = phasesOf(IMPAIRMENT, 'down');
  const starts = (lastIndex: number, timeNs = everyMs): readonly (readonly [number, number])[] =>
    plannedEpochs(down, timeNs, lastIndex).map(({ number, firstIndex }) => [number, firstIndex] as const);
  assert.equal(starts(100), [
    [1, 1],
    [2, 11],
    [3, 12],
    [4, 21],
  ]);
  // One that begins behind the last index has none.
  assert.equal(starts(11), [
    [1, 1],
    [2, 11],
  ]);
  // To a stream that is joined late what has begun before begins with its first index.
  assert.equal(
    plannedEpochs(down, everyMs, 100, 15).map(({ number, firstIndex }) => [number, firstIndex]),
    [
      [1, 1],
      [3, 15],
      [4, 21],
    ],
  );
  // Of several at one index the last one counts: here an index comes each 50 ms, and then all at once.
  assert.equal(
    starts(100, (index) => everyMs(index) * 50),
    [
      [1, 1],
      [4, 2],
    ],
  );
  assert.equal(
    starts(100, () => 10 * MS),
    [[2, 1]],
  );
  assert.equal(starts(0), [[1, 1]]);
  assert.equal(
    settingsOver(IMPAIRMENT, 'up').map(({ delay }) => delay?.delayNs ?? 0),
    [0, 0, 5 * MS, 5 * MS],
  );
});

test('asked index by index, the steps are those of the plan; without a time there is none', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 8 }), { maxLength: 40 }), (gapsMs) => {
      let nowNs = 0;
      const timesNs = gapsMs.map((gap) => (nowNs += gap * MS));
      const steps = new PhaseSteps(IMPAIRMENT, 'down');
      const found = timesNs.flatMap((timeNs, k) => steps.stepAt(k + 1, timeNs) ?? []);
      const planned = plannedEpochs(
        phasesOf(IMPAIRMENT, 'down'),
        (index) => timesNs[index - 1] as number,
        timesNs.length,
      );
      assert.equal(
        found,
        planned.filter(({ number }) => number > 1),
      );
    }),
    { seed: 5, numRuns: 200 },
  );
  assert.is(new PhaseSteps(IMPAIRMENT, 'down').stepAt(1, Number.NaN), null);
  assert.is(new PhaseSteps(readImpairment({ seed: '1' }), 'up').nextNs, Number.POSITIVE_INFINITY);
});

test.run();
