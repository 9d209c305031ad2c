import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { describeDirection, describeScenario } from '../../../harness/impairment/describe.ts';
import { readScenario } from '../../../harness/impairment/scenario.ts';

const test = suite('what settings will do, in figures');

const near = (got: number, expected: number): void =>
  assert.ok(Math.abs(got - expected) <= 1e-9 * Math.abs(expected), `${got} is not ${expected}`);

test('no setting does nothing', () => {
  assert.equal(describeDirection(readKnobs({}), 1200), {
    flags: '',
    lossRatio: 0,
    lossRunMean: null,
    mtuBytes: null,
    dropAfterBytes: null,
    dropList: [],
    outages: [],
    reorderedRatio: 0,
    heldRatio: 0,
    jump: null,
    reorderDistance: [1, 3],
    reorderList: [],
    jitterReorders: false,
    duplicateRatio: 0,
    duplicateList: [],
    corruptRatio: 0,
    delay: null,
    link: null,
    shared: false,
    rebinds: [],
    spare: 0,
  });
});

test('the figures are those of the definitions', () => {
  const figures = describeDirection(
    readKnobs({
      dropBurst: '2%,20%',
      reorder: '5%',
      reorderDistance: '2..7',
      duplicate: '1%',
      corrupt: '0.1%',
      delay: '40ms',
      jitter: '10ms',
      rate: '10mbit',
      queue: '50',
    }),
    1250,
  );
  // Gilbert-Elliott that loses all in bad: P / (P + R), and stays in bad for 1 / R.
  near(figures.lossRatio, 0.02 / 0.22);
  near(figures.lossRunMean as number, 5);
  assert.is(figures.reorderedRatio, 0.05);
  assert.equal(figures.reorderDistance, [2, 7]);
  // Uniform: delay + jitter × (2q − 1).
  near(figures.delay?.p50Us as number, 40_000);
  near(figures.delay?.p95Us as number, 49_000);
  near(figures.delay?.p99Us as number, 49_800);
  near(figures.delay?.p999Us as number, 49_980);
  // 1250 bytes are 10,000 bits: a millisecond at 10 Mbit/s, and fifty of them wait fifty.
  near(figures.link?.sendUs as number, 1000);
  near(figures.link?.queueDelayMaxUs as number, 50_000);
});

test('what jumps overtake adds to what is held', () => {
  const figures = describeDirection(readKnobs({ reorder: '20%', jump: '1%', rebind: '5s' }), 1);
  assert.equal(figures.jump, { ratio: 0.01, distance: [5, 20], overtakenRatio: 0.125 });
  assert.is(figures.heldRatio, 0.2);
  near(figures.reorderedRatio, 0.3);
  assert.equal(figures.rebinds, [{ atNs: 5e9 }]);
});

test('jitter reorders unless order is kept, and a constant delay never does', () => {
  const reorders = (knobs: Record<string, string | boolean>): boolean =>
    describeDirection(readKnobs(knobs), 1).jitterReorders;
  assert.ok(reorders({ jitter: '1ms' }));
  assert.not(reorders({ jitter: '1ms', keepOrder: true }));
  assert.not(reorders({ delay: '1ms' }));
});

test('a run of losses without end, or without a loss, has no mean', () => {
  assert.is(describeDirection(readKnobs({ drop: '100%' }), 1).lossRunMean, null);
  assert.is(describeDirection(readKnobs({ drop: '0%' }), 1).lossRunMean, null);
  assert.is(describeDirection(readKnobs({ drop: '50%' }), 1).lossRunMean, 2);
});

test('a scenario describes both directions, and is called by its file where it has no name', () => {
  const scenario = readScenario('{"down":{"drop":"5%"},"up":{"delay":"20ms"}}', 'x.json');
  const { name, sentence, directions } = describeScenario(scenario, 'x.json', 1200);
  assert.equal([name, sentence], ['x.json', null]);
  assert.equal([directions.down.flags, directions.up.flags], ['--drop 5%', '--delay 20ms']);
});

test.run();
