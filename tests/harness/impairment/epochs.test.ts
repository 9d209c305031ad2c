import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DROP_CAUSES } from '../../../harness/impairment/causes.ts';
import { NO_IMPAIRMENT } from '../../../harness/impairment/config.ts';
import type { Epoch } from '../../../harness/impairment/epochs.ts';
import { fateLine } from '../../../harness/impairment/fates.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';
import { scheduleOver } from '../../../harness/impairment/scheduleOver.ts';
import { refusal } from '../../refusals.ts';
import { fateOf, naiveFates } from './naiveSchedule.ts';
import { pairedKnobs } from './pairedKnobs.ts';

const test = suite('epochs');

const KEY = { seed: '42', flow: 1, direction: 'down' } as const;
const everyMs = (index: number): number => (index - 1) * 1e6;

const schedule = (knobs: Knobs, number = 1): Schedule =>
  new Schedule(readKnobs(knobs), KEY, everyMs, { epoch: number });
const epoch = (number: number, firstIndex: number, knobs: Knobs): Epoch => ({
  number,
  firstIndex,
  config: readKnobs(knobs),
});

/** The lost ones among the indices, with each change made right before its first index is asked for. */
function dropped(knobs: Knobs, changes: readonly Epoch[], count: number): number[] {
  const of = schedule(knobs);
  const left = [...changes];
  const lost: number[] = [];
  for (let index = 1; index <= count; index += 1) {
    while (left[0]?.firstIndex === index) of.change(left.shift() as Epoch);
    if (of.dropCause[of.at(index)] !== 0) lost.push(index);
  }
  return lost;
}

test('index i keeps draw i: seed 42 loses 25, 40, 49, 55, 89, 100, 111 at 5 %, wherever 5 % applies', () => {
  const five = [25, 40, 49, 55, 89, 100, 111];
  for (let round = 0; round < 2; round += 1) {
    assert.equal(dropped({ drop: '5%' }, [], 120), five);
    assert.equal(
      dropped({}, [epoch(2, 41, { drop: '5%' }), epoch(3, 90, {})], 120),
      five.filter((index) => index >= 41 && index < 90),
    );
    // In an epoch of 100 % everything is lost, and behind it the draws are those of 5 % again.
    assert.equal(
      dropped({ drop: '5%' }, [epoch(2, 50, { drop: '100%' }), epoch(3, 53, { drop: '5%' })], 120),
      [25, 40, 49, 50, 51, 52, 55, 89, 100, 111],
    );
  }
});

test('far behind a change the draws are still those of their indices', () => {
  assert.equal(
    dropped({}, [epoch(2, 100_001, { drop: '5%' })], 100_060),
    [100_009, 100_014, 100_036, 100_058],
  );
});

test('exact loss begins a block where its setting begins', () => {
  // 100 % of a block of 2 within 4: the first two of each block are owed all, wherever the block begins.
  const of = schedule({ drop: '0%' });
  of.change(epoch(2, 8, { dropExact: '50%/2' }));
  of.change(epoch(3, 13, { dropExact: '50%/2', delay: '1ms' }));
  of.change(epoch(4, 15, { dropExact: '25%/4' }));
  const lost = (from: number, to: number): number => {
    let count = 0;
    for (let index = from; index <= to; index += 1) if (of.dropCause[of.at(index)] !== 0) count += 1;
    return count;
  };
  assert.is(lost(1, 7), 0);
  // Pairs 8-9, 10-11, 12-13: the change of the delay at 13 goes through one, and moves nothing.
  for (const first of [8, 10, 12]) assert.is(lost(first, first + 1), 1, `pair ${first}`);
  for (const first of [15, 19, 23]) assert.is(lost(first, first + 3), 1, `block ${first}`);
});

test('a run of losses ends where its limit changes, and goes on where only something else does', () => {
  const all = { drop: '100%', dropMaxRun: '3' };
  const spared = (changes: readonly Epoch[]): number[] => {
    const lost = new Set(dropped(all, changes, 16));
    return Array.from({ length: 16 }, (_, k) => k + 1).filter((index) => !lost.has(index));
  };
  assert.equal(spared([]), [4, 8, 12, 16]);
  assert.equal(spared([epoch(2, 3, { ...all, delay: '1ms' })]), [4, 8, 12, 16]);
  assert.equal(spared([epoch(2, 3, { ...all, dropMaxRun: '2' })]), [5, 8, 11, 14]);
});

test('a chain goes on where its setting is as before, and starts anew where it changes', () => {
  const chain = { dropBurst: '5%,30%' };
  const alone = dropped(chain, [], 100);
  assert.equal(dropped(chain, [epoch(2, 26, { ...chain, delay: '5ms' })], 100), alone);
  // Index 26 is in a burst that began at 25. Draws of drop-start decide where an epoch's chain starts.
  const again = (number: number): number[] =>
    dropped(chain, [epoch(number - 1, 26, {}), epoch(number, 27, chain)], 100);
  assert.equal(again(3), again(3));
  const starts = Array.from({ length: 60 }, (_, k) => again(k + 3).includes(27));
  // The chain is bad one time in seven, and stays so seven times in ten.
  assert.ok(starts.some((isLost) => isLost) && starts.some((isLost) => !isLost));
});

test('the same settings again, or none at an index, leave every fate as it was', () => {
  const knobs = {
    dropState: '5%,30%,20%,40%,2%',
    reorder: '10%',
    duplicate: '5%',
    delay: '5ms',
    jitter: '2ms',
  };
  const plain = schedule(knobs);
  const changed = schedule(knobs);
  for (let index = 1; index <= 2000; index += 1) {
    if (index % 7 === 0) changed.change(epoch(index, index, knobs));
    // What is replaced at its own first index never was.
    if (index % 91 === 0) {
      changed.change(epoch(index + 1, index, { drop: '100%' }));
      changed.change(epoch(index + 2, index, knobs));
    }
    assert.equal(fateOf(changed, index), fateOf(plain, index), `index ${index}`);
  }
});

const ratios = fc.constantFrom('0%', '3%', '30%', '90%');
const anyLoss: fc.Arbitrary<Knobs> = fc.constantFrom<Knobs>(
  {},
  { drop: '30%' },
  { drop: '60%', dropMaxRun: '2' },
  { drop: '60%', dropMaxRun: '3' },
  { dropExact: '30%/10' },
  { dropExact: '50%/600' },
  { dropBurst: '5%,30%' },
  { dropBurst: '1%,1%,80%,20%' },
  { dropBurst: '5%,30%', dropMaxRun: '2' },
  { dropState: '5%,30%,20%,40%,2%' },
  { dropState: '10%,10%,0%,0%,10%' },
);
const anyOther = fc
  .record(
    {
      dropList: fc.constantFrom('3,7,9-12', '200-330,1024-1025'),
      outage: fc.constantFrom('0..5ms', '100ms..200ms,700ms..701ms'),
      corrupt: ratios,
      duplicate: ratios,
      reorder: ratios,
      reorderDistance: fc.constantFrom('1', '2..9', '1..1000'),
      reorderList: fc.constantFrom('3:9', '1:1,2:1000,255:7,256:1,257:2,899:5'),
      duplicateList: fc.constantFrom('3', '12,255-258,400-20000'),
      delay: fc.constantFrom('0', '20ms'),
      jitter: fc.constantFrom('5ms', '30ms'),
      distribution: fc.constantFrom('normal', 'uniform'),
      spare: fc.constantFrom('5', '300'),
    },
    { requiredKeys: [] },
  )
  .map(({ distribution, ...drawn }) =>
    pairedKnobs({
      ...drawn,
      ...(drawn.jitter !== undefined && distribution !== undefined && { distribution }),
    }),
  );
const anyKnobs = fc.tuple(anyLoss, anyOther).map(([loss, other]) => {
  const knobs: Knobs = { ...loss, ...other };
  return Object.keys(knobs).some((name) => name !== 'spare') ? knobs : {};
});
/** Settings come back, so that a stage is often as before. */
const anyEpochs = fc
  .tuple(
    fc.array(anyKnobs, { minLength: 2, maxLength: 4 }),
    fc.array(
      fc.record({
        which: fc.nat({ max: 3 }),
        gap: fc.oneof(fc.constantFrom(0, 1, 2, 255, 256, 257), fc.nat({ max: 900 })),
        steps: fc.integer({ min: 1, max: 3 }),
      }),
      { maxLength: 9 },
    ),
    fc.integer({ min: 1, max: 4 }),
  )
  .map(([settings, steps, first]) => {
    const configs = settings.map((knobs) => readKnobs(knobs));
    const epochs: Epoch[] = [{ number: first, firstIndex: 1, config: configs[0] ?? NO_IMPAIRMENT }];
    for (const { which, gap, steps: numbers } of steps) {
      const last = epochs.at(-1) as Epoch;
      epochs.push({
        number: last.number + numbers,
        firstIndex: last.firstIndex + gap,
        config: configs[which % configs.length] ?? NO_IMPAIRMENT,
      });
    }
    return epochs;
  });

test('every index has the fate that its own epoch gives it, by any stage and model, asked in order, ahead and back', () => {
  const count = 4_000;
  fc.assert(
    fc.property(
      anyEpochs,
      fc.array(fc.integer({ min: 1, max: count }), { maxLength: 30 }),
      (epochs, asked) => {
        const expected = naiveFates('42/1/down', epochs, count, everyMs);
        assert.equal(naiveFates('42/1/down', epochs, count, everyMs), expected);
        const [first, ...changes] = epochs as [Epoch, ...Epoch[]];
        const begin = (): Schedule => new Schedule(first.config, KEY, everyMs, { epoch: first.number });

        // Each change as it comes, behind the last index asked for; old ones are asked for in between.
        const ordered = begin();
        const left = [...changes];
        for (let index = 1; index <= count; index += 1) {
          while (left[0]?.firstIndex === index) {
            ordered.change(left.shift() as Epoch);
            for (const old of asked.slice(0, 3))
              if (old < index) assert.equal(fateOf(ordered, old), expected[old - 1], `${old} from ${index}`);
          }
          assert.equal(fateOf(ordered, index), expected[index - 1], `index ${index}`);
        }
        // All known from the start, and asked for in any order.
        const planned = scheduleOver(ordered.epochs, KEY, everyMs);
        for (const index of asked) {
          assert.equal(fateOf(planned, index), expected[index - 1], `index ${index}, planned`);
          assert.equal(fateOf(ordered, index), expected[index - 1], `index ${index}, afterwards`);
          const own = epochs.findLast(({ firstIndex }) => firstIndex <= index) as Epoch;
          assert.is(planned.configAt(index), own.config);
          assert.is(planned.epochAt(index), own.number);
        }
      },
    ),
    { seed: 7, numRuns: 60 },
  );
});

test('an old index asked for before a change has its fate behind it, too', () => {
  const chain = { dropBurst: '10%,20%', delay: '5ms', jitter: '3ms' };
  const plain = schedule(chain);
  const of = schedule(chain);
  of.at(5000);
  of.at(100);
  of.change(epoch(2, 5001, {}));
  for (let index = 101; index <= 256; index += 1) assert.equal(fateOf(of, index), fateOf(plain, index));
});

test('old indices across many epochs and saved points keep their fates', () => {
  const chain = { dropBurst: '0.1%,0.1%,80%,20%' };
  const epochs = [epoch(1, 1, chain)];
  for (let k = 1; k <= 40; k += 1)
    epochs.push(
      epoch(k + 1, k * 900, k % 5 === 0 ? { dropExact: '30%/5000' } : { ...chain, corrupt: `${k % 3}%` }),
    );
  const expected = naiveFates('42/1/down', epochs, 40_000, everyMs);
  const of = schedule(chain);
  for (const change of epochs.slice(1)) {
    of.at(change.firstIndex - 1);
    of.change(change);
  }
  of.at(40_000);
  for (let index = 39_000; index > 0; index -= 977) assert.equal(fateOf(of, index), expected[index - 1]);
  for (let index = 1; index <= 40_000; index += 1) assert.equal(fateOf(of, index), expected[index - 1]);
});

test('a flow that opens in a later epoch starts its chain from that number', () => {
  const chain = { dropBurst: '20%,20%' };
  const firsts = Array.from({ length: 12 }, (_, k) => {
    const epochs = [epoch(k + 1, 1, chain)];
    assert.equal(
      Array.from({ length: 50 }, (_unused, at) => fateOf(schedule(chain, k + 1), at + 1)),
      naiveFates('42/1/down', epochs, 50, everyMs),
    );
    return fateOf(schedule(chain, k + 1), 1).cause;
  });
  assert.is(new Set(firsts).size, 2);
});

test('a repeat has the settings of its index', () => {
  const of = schedule({ drop: '100%' });
  of.at(10);
  of.change(epoch(2, 11, { duplicate: '100%' }));
  assert.is(of.repeat(10, 2).dropCause, DROP_CAUSES.indexOf('independent'));
  assert.equal([of.repeat(11, 2).dropCause, of.repeat(11, 2).copies], [0, 1]);
});

test('a line of the fate file has the keys of the stages of its own epoch', () => {
  const of = schedule({ delay: '5ms' });
  of.change(epoch(2, 2, { mtu: '100', corrupt: '100%' }));
  of.change(epoch(3, 3, { spare: '3', drop: '100%' }));
  const lines = [1, 2, 3, 4].map((index) => fateLine(of, index, 200));
  const head = (index: number): string => `{"flow":1,"direction":"down","index":${index}`;
  assert.equal(lines, [
    `${head(1)},"drop":null,"copies":0,"hold":0,"delayUs":5000}`,
    `${head(2)},"drop":"mtu","copies":0,"hold":0,"corrupt":null}`,
    `${head(3)},"drop":null,"copies":0,"hold":0,"spared":true}`,
    `${head(4)},"drop":"independent","copies":0,"hold":0}`,
  ]);
});

test('an epoch where indices were decided, out of order or of an old number breaks the call', () => {
  const of = schedule({});
  of.at(1000);
  assert.throws(() => of.change(epoch(2, 700, {})), /an epoch from 700 on/);
  of.change(epoch(5, 1001, {}));
  assert.throws(() => of.change(epoch(5, 1002, {})), /epoch 5 behind epoch 5/);
  assert.throws(() => of.change(epoch(6, 1000, {})), /an epoch from 1000 on/);
  assert.throws(
    () => new Schedule(readKnobs({}), KEY).change(epoch(2, 1, { outage: '1s..2s' })),
    refusal('missing', 'Schedule: mediaTimeNs'),
  );
});

test('forgotten epochs: what is asked for again has the oldest settings kept, and is counted; the rest is exact', () => {
  const chain = { dropBurst: '0.1%,0.1%,80%,20%' };
  const epochs = [epoch(1, 1, { drop: '30%' })];
  for (let k = 1; k <= 100; k += 1)
    epochs.push(epoch(k + 1, k * 300, k % 5 === 0 ? { ...chain, delay: `${k}ms` } : chain));
  const expected = naiveFates('42/1/down', epochs, 31_000, everyMs);
  const of = schedule({ drop: '30%' });
  for (const change of epochs.slice(1)) {
    of.at(change.firstIndex - 1);
    of.change(change);
    of.forgetBefore(change.firstIndex - 9_000);
  }
  assert.ok(of.epochs.length < 65, String(of.epochs.length));
  of.at(31_000);
  for (let index = 31_000; index > 21_000; index -= 1) assert.equal(fateOf(of, index), expected[index - 1]);
  assert.is(of.forgottenAsked, 0);
  of.at(1);
  of.at(2);
  of.forgetBefore(30_000);
  assert.is(of.forgottenAsked, 2);
  // Forgetting everything keeps what the last one is compared with.
  of.at(60_000);
  of.forgetBefore(60_000);
  assert.is(of.epochs.length, 2);
  of.change(epoch(500, 60_001, chain));
  of.change(epoch(501, 60_001, { ...chain, delay: '100ms' }));
  assert.is(of.epochs.length, 3);
});

test.run();
