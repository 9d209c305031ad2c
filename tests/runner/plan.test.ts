/** Which files a run takes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { planRun } from './plan.ts';

const test = suite('runner plan');

const PATHS = [
  'tests/run.ts',
  'tests/runner/fixtures/honest.fixture.ts',
  'tests/metrics/loss.test.ts',
  'tests/metrics/loss.long.test.ts',
  'tests/bench/memory.long.test.ts',
  'tests/integration/proxy.test.ts',
  'tests/integration/startup.test.ts',
  'tests/integration/soak.long.test.ts',
  'tests/match/events.test.ts',
];

test('by default every test file but the long ones, those that judge times apart', () => {
  assert.equal(planRun(PATHS, [], false), {
    together: ['tests/integration/proxy.test.ts', 'tests/match/events.test.ts', 'tests/metrics/loss.test.ts'],
    alone: ['tests/integration/startup.test.ts'],
    unmatched: [],
    limitMs: 300_000,
  });
});

test('long means the long ones only, integration and memory apart, with a longer limit', () => {
  assert.equal(planRun(PATHS, [], true), {
    together: ['tests/metrics/loss.long.test.ts'],
    alone: ['tests/bench/memory.long.test.ts', 'tests/integration/soak.long.test.ts'],
    unmatched: [],
    limitMs: 2_400_000,
  });
});

test('a filter that matches nothing is named even beside one that matches', () => {
  const plan = planRun(PATHS, ['metrics', 'nowhere'], false);
  assert.equal(plan.together, ['tests/metrics/loss.test.ts']);
  assert.equal(plan.unmatched, ['nowhere']);
});

test('a filter that matches only long files matches nothing in a fast run', () => {
  assert.equal(planRun(PATHS, ['soak'], false).unmatched, ['soak']);
});

test.run();
