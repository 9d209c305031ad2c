import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';
import { NO_STAGES, configOf, eventsOf, stagesOf } from '../../../harness/shrink/events.ts';
import { pairedKnobs } from '../impairment/pairedKnobs.ts';

const test = suite('fates as events');

const KEY = { seed: '42', flow: 1, direction: 'down' } as const;
const everyMs = (index: number): number => (index - 1) * 1e6;

test('events are what takes effect, in order of index', () => {
  const schedule = new Schedule(
    readKnobs({ dropList: '2-3', reorderList: '3:1,5:2,7:9', duplicateList: '2,5', outage: '6ms..7ms' }),
    KEY,
    everyMs,
  );
  // 3 is held and dropped, 7 held and in the outage, 2 copied and dropped: drops all three.
  assert.equal(eventsOf(schedule, 9), [
    { kind: 'drop', index: 2 },
    { kind: 'drop', index: 3 },
    { kind: 'copy', index: 5 },
    { kind: 'hold', index: 5, distance: 2 },
    { kind: 'drop', index: 7 },
  ]);
  assert.equal(eventsOf(schedule, 2), [{ kind: 'drop', index: 2 }]);
});

test('neighbouring drops become a range, and nothing else is set', () => {
  const drops = [4, 5, 6, 8].map((index) => ({ kind: 'drop', index }) as const);
  assert.equal(
    configOf([...drops, { kind: 'hold', index: 9, distance: 3 }], NO_STAGES),
    readKnobs({
      dropList: '4-6,8',
      reorderList: '9:3',
    }),
  );
  assert.equal(configOf([], NO_STAGES), readKnobs({}));
});

const knobs = fc
  .record(
    {
      drop: fc.constantFrom('3%', '40%'),
      dropList: fc.constant('17,500-520'),
      outage: fc.constant('100ms..150ms'),
      reorder: fc.constantFrom('5%', '60%'),
      reorderDistance: fc.constantFrom('1', '1..1000'),
      duplicate: fc.constantFrom('2%', '70%'),
      corrupt: fc.constant('10%'),
      jitter: fc.constant('5ms'),
    },
    { requiredKeys: [] },
  )
  .map(pairedKnobs);

test('the list does to every datagram what the draws did', () => {
  const last = 1500;
  fc.assert(
    fc.property(knobs, (given) => {
      const config = readKnobs(given);
      const drawn = new Schedule(config, KEY, everyMs);
      const listed = new Schedule(configOf(eventsOf(drawn, last), stagesOf(config)), KEY);
      for (let index = 1; index <= last; index += 1) {
        const was = drawn.at(index);
        const is = listed.at(index);
        assert.is((listed.dropCause[is] as number) > 0, (drawn.dropCause[was] as number) > 0);
        for (const column of ['copies', 'hold', 'corrupt', 'delayNs'] as const) {
          assert.is(listed[column][is], drawn[column][was], `${column} of ${index}`);
        }
      }
    }),
    { seed: 5, numRuns: 40 },
  );
});

test.run();
