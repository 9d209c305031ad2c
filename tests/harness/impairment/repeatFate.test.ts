/** Fates of repeats: against seedrandom itself and the wording of the rule. */
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fateLine } from '../../../harness/impairment/fates.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';
import type { ScheduleKey } from '../../../harness/impairment/schedule.ts';

const test = suite('fates of repeats');

const KEY: ScheduleKey = { seed: '42', flow: 3, direction: 'up' };
const first = (key: string): number => seedrandom.alea(key)();

test('each decision takes the first draw of its own stream', () => {
  const schedule = new Schedule(
    readKnobs({ drop: '30%', corrupt: '20%', duplicate: '40%', reorder: '30%', reorderDistance: '2..5' }),
    KEY,
  );
  for (let index = 1; index <= 60; index += 1) {
    for (const repeat of [2, 3, 70]) {
      const draw = (decision: string): number => first(`42/3/up/${decision}/repeat/${index}/${repeat}`);
      const isDropped = draw('drop') < 0.3;
      const isHeld = !isDropped && draw('hold') < 0.3;
      assert.equal(schedule.repeat(index, repeat), {
        dropCause: isDropped ? 3 : 0,
        copies: !isDropped && draw('duplicate') < 0.4 ? 1 : 0,
        hold: isHeld ? 2 + Math.floor(draw('hold-distance') * 4) : 0,
        corrupt: !isDropped && draw('corrupt') < 0.2 ? draw('corrupt-bit') : -1,
        delayNs: 0,
      });
    }
  }
});

test('asked twice, in any order, it is the same', () => {
  const make = (): Schedule => new Schedule(readKnobs({ drop: '50%', delay: '5ms', jitter: '2ms' }), KEY);
  const [one, other] = [make(), make()];
  const asked = [...Array(50).keys()].map((k) => one.repeat(k + 1, 2));
  assert.equal(
    [...Array(50).keys()].toReversed().map((k) => other.repeat(k + 1, 2)),
    asked.toReversed(),
  );
  assert.ok(asked.some(({ dropCause }) => dropCause > 0) && asked.some(({ delayNs }) => delayNs > 5e6));
});

test('lists and exact blocks name first datagrams only', () => {
  const schedule = new Schedule(
    readKnobs({ dropList: '1-100', dropExact: '100%/10', duplicateList: '1-100' }),
    KEY,
  );
  for (let index = 1; index <= 100; index += 1) {
    assert.is.not(schedule.dropCause[schedule.at(index)], 0);
    assert.equal(schedule.repeat(index, 2), { dropCause: 0, copies: 0, hold: 0, corrupt: -1, delayNs: 0 });
  }
});

test('a chain loses a repeat with its mean ratio', () => {
  // Gilbert: p / (p + r) of the time in the state that loses: 20 %.
  const schedule = new Schedule(readKnobs({ dropBurst: '5%,20%' }), KEY);
  for (let index = 1; index <= 200; index += 1) {
    const isLost = first(`42/3/up/drop/repeat/${index}/2`) < 0.2;
    assert.is(schedule.repeat(index, 2).dropCause, isLost ? 5 : 0);
  }
});

test('an outage takes a repeat by the time of the repeat', () => {
  const schedule = new Schedule(readKnobs({ outage: '1s..2s' }), KEY, (_, repeat) =>
    repeat === 2 ? 1.5e9 : 0,
  );
  assert.is(schedule.dropCause[schedule.at(7)], 0);
  assert.is(schedule.repeat(7, 2).dropCause, 1);
  assert.is(schedule.repeat(7, 3).dropCause, 0);
});

test('a later stream draws from streams of its own', () => {
  const schedule = new Schedule(readKnobs({ drop: '50%' }), { ...KEY, stream: 2 });
  const draws = seedrandom.alea('42/3/up/stream-2/drop');
  for (let index = 1; index <= 100; index += 1)
    assert.is(schedule.dropCause[schedule.at(index)], draws() < 0.5 ? 3 : 0);
  assert.is(schedule.repeat(9, 2).dropCause, first('42/3/up/stream-2/drop/repeat/9/2') < 0.5 ? 3 : 0);
});

test('the line of a repeat says which one it is, that of a later stream says so too', () => {
  const schedule = new Schedule(readKnobs({ dropList: '1' }), { ...KEY, stream: 2 });
  assert.is(
    fateLine(schedule, 1, 100),
    '{"flow":3,"direction":"up","stream":2,"index":1,"drop":"list","copies":0,"hold":0}',
  );
  assert.is(
    fateLine(schedule, 1, 100, 0, 2),
    '{"flow":3,"direction":"up","stream":2,"index":1,"repeat":2,"drop":null,"copies":0,"hold":0}',
  );
});

test.run();
