import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { configuredMetrics } from '../../../harness/replay/configured.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';

const test = suite('what the knobs say before a schedule is drawn');

test('nothing configured is nothing lost, copied or reordered', () => {
  const nothing = configuredMetrics(readKnobs({}), 100, 100);
  for (const name of ['lost', 'loss_ratio', 'duplicates', 'reordered'] as const) {
    assert.equal(nothing[name], { value: 0, low: 0, high: 0 }, name);
  }
});

test('an exact quota leaves no room', () => {
  const { lost, loss_ratio } = configuredMetrics(readKnobs({ dropExact: '5%/100' }), 200, 190);
  assert.equal(lost, { value: 10, low: 10, high: 10 });
  assert.equal(loss_ratio, { value: 0.05, low: 0.05, high: 0.05 });
});

test('what no knob knows is left out', () => {
  for (const knobs of [
    { dropList: '1-3' },
    { outage: '1s..2s' },
    { rate: '1mbit' },
    { drop: '1%', reorder: '1%', delay: '9ms', jitter: '3ms' },
  ]) {
    const { lost, reordered } = configuredMetrics(readKnobs(knobs), 100, 90);
    assert.ok(lost === undefined || reordered === undefined, JSON.stringify(knobs));
  }
  assert.is(configuredMetrics(readKnobs({ dropBurst: '1%,25%', corrupt: '1%' }), 100, 90).lost, undefined);
});

test('drawn schedules stay inside, and a biased one does not', () => {
  const sent = 20_000;
  const { lost } = configuredMetrics(readKnobs({ drop: '5%' }), sent, 19_000);
  const drawn = (ratio: string, seed: string): number => {
    const schedule = new Schedule(readKnobs({ drop: ratio }), { seed, flow: 1, direction: 'down' });
    let drops = 0;
    for (let index = 1; index <= sent; index += 1)
      if (schedule.dropCause[schedule.at(index)] !== 0) drops += 1;
    return drops;
  };
  assert.ok(lost !== undefined && lost.value === 1000);
  for (const seed of ['1', '2', '3', '4', '5']) {
    const drops = drawn('5%', seed);
    assert.ok(drops >= lost.low && drops <= lost.high, `seed ${seed}: ${drops}`);
    assert.ok(drawn('7%', seed) > lost.high);
  }
});

test.run();
