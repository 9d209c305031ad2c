import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_IMPAIRMENT } from '../../../harness/impairment/config.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';
import { randomStream } from '../../../src/base/random.ts';
import { fateOf, naiveFates } from './naiveSchedule.ts';
import type { NaiveFate } from './naiveSchedule.ts';
import { pairedKnobs } from './pairedKnobs.ts';
import { refusal } from '../../refusals.ts';

const test = suite('the schedule');

const KEY = { seed: '42', flow: 1, direction: 'down' } as const;
const everyMs = (index: number): number => (index - 1) * 1e6;
const schedule = (knobs: Knobs): Schedule => new Schedule(readKnobs(knobs), KEY, everyMs);

function dropped(knobs: Knobs, from: number, to: number): number[] {
  const of = schedule(knobs);
  const result: number[] = [];
  for (let index = from; index <= to; index += 1) {
    if (of.dropCause[of.at(index)] !== 0) result.push(index);
  }
  return result;
}

test('seed 42 drops these and no others, by each model', () => {
  for (let repeat = 0; repeat < 2; repeat += 1) {
    assert.equal(dropped({ drop: '5%' }, 1, 120), [25, 40, 49, 55, 89, 100, 111]);
    assert.equal(dropped({ drop: '5%' }, 100_001, 100_060), [100_009, 100_014, 100_036, 100_058]);
    assert.equal(dropped({ dropExact: '5%/20' }, 1, 120), [16, 25, 49, 73, 89, 111]);
    assert.equal(dropped({ dropExact: '5%/20' }, 100_001, 100_060), [100_009, 100_036, 100_058]);
    assert.equal(
      dropped({ dropBurst: '5%,30%' }, 1, 100),
      [25, 26, 27, 40, 41, 49, 50, 51, 55, 56, 57, 58, 59, 60, 61, 62, 89, 90, 91, 100],
    );
    assert.equal(
      dropped({ dropBurst: '5%,30%,80%,2%' }, 1, 100),
      [4, 25, 26, 27, 40, 41, 49, 50, 56, 57, 58, 59, 60, 61, 62, 89, 90, 91, 100],
    );
    assert.equal(
      dropped({ dropState: '5%,30%,20%,40%,2%' }, 1, 120),
      [16, 17, 18, 19, 22, 25, 40, 49, 50, 51, 55, 89, 100, 101, 102, 103, 111, 112, 113, 114, 117, 118],
    );
    assert.equal(dropped({ dropList: '3,7,9-12' }, 1, 1000), [3, 7, 9, 10, 11, 12]);
    assert.equal(dropped({ dropList: '2,511-514,1500' }, 1, 2000), [2, 511, 512, 513, 514, 1500]);
    assert.equal(dropped({ outage: '5ms..7ms,600ms..601ms' }, 1, 1000), [6, 7, 601]);
  }
});

const ratios = fc.constantFrom('0%', '3%', '30%', '90%');
const anyKnobs = fc
  .record(
    {
      drop: ratios,
      dropList: fc.constantFrom('3,7,9-12', '500-530,1024-1025', '1-4000'),
      outage: fc.constantFrom('0..5ms', '100ms..1100ms,2s..2001ms'),
      corrupt: ratios,
      duplicate: ratios,
      reorder: ratios,
      reorderDistance: fc.constantFrom('1', '2..9', '1..1000'),
      reorderList: fc.constantFrom('3:9', '1:1,2:1000,512:7,513:1,1024:2,8999:5'),
      duplicateList: fc.constantFrom('3', '12,511-514,8000-20000'),
      delay: fc.constantFrom('0', '20ms'),
      jitter: fc.constantFrom('5ms', '30ms'),
    },
    { requiredKeys: [] },
  )
  .map(pairedKnobs);

test('every index has the fate that the definition gives it, asked in order or at random', () => {
  const count = 9_000;
  fc.assert(
    fc.property(anyKnobs, fc.array(fc.integer({ min: 1, max: count }), { maxLength: 30 }), (knobs, asked) => {
      const expected = naiveFates(
        '42/1/down',
        [{ number: 1, firstIndex: 1, config: readKnobs(knobs) }],
        count,
        everyMs,
      );
      const ordered = schedule(knobs);
      for (let index = 1; index <= count; index += 1)
        assert.equal(fateOf(ordered, index), expected[index - 1]);
      const random = schedule(knobs);
      for (const index of asked) {
        assert.equal(fateOf(random, index), expected[index - 1]);
        assert.equal(fateOf(ordered, index), expected[index - 1]);
      }
    }),
    { seed: 7, numRuns: 12 },
  );
});

test('a loss model with memory gives old and far indices the fate that order gives them', () => {
  for (const knobs of [
    // Long memories, so that a state forgotten at a saved point shows.
    { dropExact: '30%/5000' },
    { dropBurst: '0.1%,0.1%,80%,20%' },
    { dropState: '0.1%,0.1%,0.1%,0.1%,10%' },
  ]) {
    const ordered = schedule(knobs);
    const expected: number[] = [0];
    for (let index = 1; index <= 40_000; index += 1)
      expected.push(ordered.dropCause[ordered.at(index)] as number);
    const random = schedule(knobs);
    const jumps = randomStream('jumps').draw;
    for (let k = 0; k < 400; k += 1) {
      const index = 1 + Math.floor(jumps() * 40_000);
      assert.is(random.dropCause[random.at(index)], expected[index], `index ${index}`);
    }
    // Backwards, the worst order.
    for (let index = 40_000; index > 39_000; index -= 1) {
      assert.is(random.dropCause[random.at(index)], expected[index], `index ${index}`);
    }
  }
});

test('a list needs no draw: it moves nothing but what it lists', () => {
  const listed = schedule({ reorderList: '17:3,25:1,600:9', duplicateList: '17,599-601' });
  for (let index = 1; index <= 2000; index += 1) {
    assert.equal(fateOf(listed, index), {
      cause: 'none',
      copies: [17, 599, 600, 601].includes(index) ? 1 : 0,
      hold: index === 17 ? 3 : index === 25 ? 1 : index === 600 ? 9 : 0,
      corrupt: -1,
      delayNs: 0,
    });
  }
  // Seed 42 drops 25 and holds others by itself: a drop wins over the list, the list over what was drawn.
  const knobs = { drop: '5%', reorder: '90%', reorderDistance: '5', reorderList: '24:1,25:1' };
  const both = schedule(knobs);
  assert.is(fateOf(both, 24).hold, 1);
  assert.equal([fateOf(both, 25).cause, fateOf(both, 25).hold], ['independent', 0]);
  assert.is(fateOf(schedule({ outage: '23ms..24ms', reorderList: '24:1' }), 24).hold, 0);
});

const ALL_ON: Record<string, string> = {
  drop: '5%',
  dropList: '50-60',
  outage: '100ms..110ms',
  corrupt: '5%',
  duplicate: '5%',
  reorder: '5%',
  reorderDistance: '1..9',
  reorderList: '300:4,301:5',
  duplicateList: '400-410',
  delay: '20ms',
  jitter: '5ms',
  distribution: 'normal',
};
const OTHER: Record<string, string> = {
  drop: '20%',
  dropList: '500',
  outage: '200ms..300ms',
  corrupt: '50%',
  duplicate: '50%',
  reorder: '50%',
  reorderDistance: '2..30',
  reorderList: '301:6,900:2',
  duplicateList: '500',
  delay: '90ms',
  jitter: '1ms',
  distribution: 'pareto',
};
/** Which columns a knob may change. */
const MOVES: Record<string, (keyof NaiveFate)[]> = {
  corrupt: ['corrupt'],
  duplicate: ['copies'],
  reorder: ['hold'],
  reorderDistance: ['hold'],
  reorderList: ['hold'],
  duplicateList: ['copies'],
  delay: ['delayNs'],
  jitter: ['delayNs'],
  distribution: ['delayNs'],
};

test('turning one knob leaves every other decision as it was, datagram for datagram', () => {
  const without = (name: string): Knobs => {
    const { [name]: _, ...rest } = ALL_ON;
    if (name === 'jitter') delete rest['distribution'];
    return pairedKnobs(rest);
  };
  const models = [
    { dropExact: '20%/100' },
    { dropBurst: '5%,30%,80%,2%' },
    { dropState: '5%,30%,20%,40%,2%' },
  ];
  const turned = [
    ...Object.keys(ALL_ON).flatMap((name) => [
      { name, knobs: without(name) },
      { name, knobs: { ...ALL_ON, [name]: OTHER[name] } },
    ]),
    ...models.map((model) => ({ name: 'drop', knobs: { ...without('drop'), ...model } })),
    { name: 'rate', knobs: { ...ALL_ON, rate: '1mbit' } },
    { name: 'keepOrder', knobs: { ...ALL_ON, keepOrder: true } },
  ];
  for (const { name, knobs } of turned) {
    const base = schedule(ALL_ON);
    const other = schedule(knobs);
    for (let index = 1; index <= 3000; index += 1) {
      const before = fateOf(base, index);
      const after = fateOf(other, index);
      const dropKnob = name === 'drop' || name === 'dropList' || name === 'outage';
      if (!dropKnob) assert.is(before.cause, after.cause, `${name} moved the drop of ${index}`);
      // Drop wins, so only datagrams that both deliver can be compared further.
      if (before.cause !== 'none' || after.cause !== 'none') continue;
      for (const column of ['copies', 'hold', 'corrupt', 'delayNs'] as const) {
        if (MOVES[name]?.includes(column)) continue;
        assert.is(before[column], after[column], `${name} moved ${column} of ${index}`);
      }
    }
  }
});

test('a higher ratio hits every datagram that a lower one hits', () => {
  const low = new Set(dropped({ drop: '2%' }, 1, 20_000));
  const high = new Set(dropped({ drop: '5%' }, 1, 20_000));
  assert.ok(low.size > 300);
  assert.ok([...low].every((index) => high.has(index)));
});

test('flow, direction and seed each give fates of their own', () => {
  const drops = (key: ConstructorParameters<typeof Schedule>[1]): string => {
    const of = new Schedule(readKnobs({ drop: '50%' }), key);
    return Array.from({ length: 100 }, (_, k) => of.dropCause[of.at(k + 1)]).join('');
  };
  const all = [
    drops(KEY),
    drops({ ...KEY, flow: 2 }),
    drops({ ...KEY, direction: 'up' }),
    drops({ ...KEY, seed: '43' }),
  ];
  assert.is(new Set(all).size, 4);
});

test('exact loss is exact in every block, whatever the block', () => {
  for (const [knob, lost, block] of [
    ['5%/100', 5, 100],
    ['50%/2', 1, 2],
    ['33.3333333333%/3', 1, 3],
    ['100%/7', 7, 7],
    ['0%/7', 0, 7],
    ['10%/1000', 100, 1000],
  ] as const) {
    const of = schedule({ dropExact: knob });
    for (let first = 1; first < 12_000; first += block) {
      let count = 0;
      for (let k = 0; k < block; k += 1) if (of.dropCause[of.at(first + k)] !== 0) count += 1;
      assert.is(count, lost, `${knob} from ${first}`);
    }
  }
});

test('exact loss favours no place in the block', () => {
  const hits = Array.from<number>({ length: 10 }).fill(0);
  for (const index of dropped({ dropExact: '30%/10' }, 1, 200_000))
    hits[(index - 1) % 10] = (hits[(index - 1) % 10] as number) + 1;
  // 20,000 blocks, 6,000 hits a place expected; five standard errors are 324.
  for (const count of hits) assert.ok(Math.abs(count - 6000) < 324, String(count));
});

test('an index below 1, or none, is refused', () => {
  const of = new Schedule(NO_IMPAIRMENT, KEY);
  for (const index of [0, -1, Number.NaN, Infinity])
    assert.throws(() => of.at(index), refusal('value-format', 'at'));
});

test('outages without media time are refused', () => {
  assert.throws(
    () => new Schedule(readKnobs({ outage: '1s..2s' }), KEY),
    refusal('missing', 'Schedule: mediaTimeNs'),
  );
});

test('media time is asked for the index in hand only', () => {
  const asked: number[] = [];
  const of = new Schedule(readKnobs({ outage: '1s..2s' }), KEY, (index) => {
    asked.push(index);
    return 0;
  });
  of.at(3);
  of.at(4);
  assert.equal(asked, [3, 4]);
});

test.run();
