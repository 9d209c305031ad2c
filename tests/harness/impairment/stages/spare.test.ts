/** What is spared passes unharmed: literal cases on both sides of the proxy, and nothing moves behind it. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { expectedDelivery } from '../../../../harness/expected/expectedArrivals.ts';
import { lossInterval } from '../../../../harness/impairment/analytic.ts';
import { NO_IMPAIRMENT, controlConfig } from '../../../../harness/impairment/config.ts';
import type { ImpairmentConfig } from '../../../../harness/impairment/config.ts';
import { fateLine } from '../../../../harness/impairment/fates.ts';
import { formatKnobs, readKnobs } from '../../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';
import { sparedAmong } from '../../../../harness/impairment/stages/spare.ts';
import { configuredMetrics } from '../../../../harness/judge/configured.ts';
import type { ConfiguredMetric } from '../../../../harness/judge/configured.ts';
import { Pipeline } from '../../../../harness/proxy/path/pipeline.ts';
import { NO_STAGES, stagesOf } from '../../../../harness/shrink/events.ts';
import { Trials, shrinkEvents } from '../../../../harness/shrink/shrink.ts';
import { bytesOf, Catcher, oneRow } from '../../proxy/rows.ts';

const test = suite('spare');

const KEY = { seed: '1', flow: 1, direction: 'down' } as const;
const PEER = { address: '127.0.0.1', port: 9 };
const MS = 1e6;

const pipelineOf = (config: ImpairmentConfig): Pipeline =>
  new Pipeline(new Schedule(config, KEY, (index) => (index - 1) * MS), {
    holdMaxNs: 1e9,
    endIsAnnounced: true,
    notes: null,
  });

/** `text@ms` of each datagram that leaves a pipeline, driven by its own wake-ups until nothing is left. */
function departures(
  pipeline: Pipeline,
  arrivals: readonly (readonly [text: string, atMs: number, repeat?: number])[],
) {
  const sink = new Catcher();
  const step = (nowNs: number): void => {
    pipeline.wake(nowNs);
    pipeline.drain(sink, 0, PEER);
  };
  const until = (nowNs: number): void => {
    for (let wakeNs = pipeline.nextWakeNs(); wakeNs < nowNs; wakeNs = pipeline.nextWakeNs()) step(wakeNs);
  };
  for (const [text, atMs, repeat = 1] of arrivals) {
    until(atMs * MS);
    pipeline.handle(Number.parseInt(text, 10), oneRow(bytesOf(text), atMs * MS), 0, repeat);
    step(atMs * MS);
  }
  const [, lastMs] = arrivals.at(-1) as readonly [string, number];
  pipeline.end(lastMs * MS, null);
  pipeline.drain(sink, 0, PEER);
  until(Number.POSITIVE_INFINITY);
  return sink.caught.map(({ text, timeNs }) => `${text}@${timeNs / MS}`);
}

/** Five datagrams of ten bytes, a millisecond apart from 0 on. */
const FIVE = [1, 2, 3, 4, 5].map((index) => [String(index).padEnd(10, '.'), index - 1] as const);

/** What leaves for good knobs, as the proxy has it and as it must be: `index@ms`. */
function play(knobs: Knobs): string[] {
  const config = readKnobs(knobs);
  const left = departures(pipelineOf(config), FIVE).map((text) => text.replaceAll('.........', ''));
  const { arrivals } = expectedDelivery(
    { firstCount: 1, lastCount: 5, sizeBytes: () => 10, sendNs: (count) => (count - 1) * MS },
    new Schedule(config, KEY, (index) => (index - 1) * MS),
    {
      keepOrder: config.delay?.keepOrder ?? true,
      rate: config.rate,
      mtuBytes: config.mtuBytes,
      spare: config.spare,
    },
  );
  const expected = Array.from(
    arrivals.counts,
    (count, row) => `${count}@${(arrivals.timesNs[row] as number) / MS}`,
  );
  assert.equal(left, expected);
  return left;
}

for (const [knobs, left] of [
  [{ drop: '100%' }, '1@0 2@1'],
  [{ dropList: '1-4' }, '1@0 2@1 5@4'],
  [{ outage: '0..4ms' }, '1@0 2@1 5@4'],
  [{ mtu: '9' }, '1@0 2@1'],
  [{ duplicate: '100%' }, '1@0 2@1 3@2 3@2 4@3 4@3 5@4 5@4'],
  [{ duplicateList: '1-3' }, '1@0 2@1 3@2 3@2 4@3 5@4'],
  // No. 1 is not held; no. 3 is, for the pass of no. 4.
  [{ reorderList: '1:3,3:1' }, '1@0 2@1 4@3 3@3 5@4'],
  [{ delay: '10ms' }, '1@0 2@1 3@12 4@13 5@14'],
  // Ten bytes take 10 ms: no. 3 from 2 to 12, no. 4 waits until 22, no. 5 finds a full queue.
  [{ rate: '8kbit', queue: '1' }, '1@0 2@1 3@12 4@22'],
  [{ rate: '8kbit', queue: '0', delay: '1ms', keepOrder: true }, '1@0 2@1 3@13'],
] as const) {
  test(`the first two pass ${formatKnobs(readKnobs(knobs))} as sent`, () => {
    assert.is(play({ ...knobs, spare: '2' }).join(' '), left);
  });
}

test('no bit of a spared datagram is flipped, and every other has one', () => {
  const left = departures(pipelineOf(readKnobs({ corrupt: '100%', spare: '2' })), FIVE);
  assert.equal(left.slice(0, 2), ['1.........@0', '2.........@1']);
  assert.is(left.length, 5);
  for (const [k, text] of left.entries()) assert.is(text.startsWith(`${k + 1}.........@`), k < 2, text);
});

test('a repeat of a spared index is spared, and leaves at once; one behind it has its own fate', () => {
  const config = readKnobs({ drop: '100%', delay: '9ms', spare: '2' });
  const schedule = new Schedule(config, KEY);
  for (const repeat of [2, 3, 70_000]) {
    assert.equal(schedule.repeat(2, repeat), { dropCause: 0, copies: 0, hold: 0, corrupt: -1, delayNs: 0 });
    assert.is(schedule.repeat(3, repeat).dropCause, 3);
  }
  const delayed = pipelineOf(readKnobs({ delay: '9ms', spare: '2' }));
  const arrivals = [
    ['1', 0],
    ['2', 1],
    ['3', 2],
    ['1', 3, 2],
    ['3', 4, 2],
  ] as const;
  assert.equal(departures(delayed, arrivals), ['1@0', '2@1', '1@3', '3@11', '3@13']);
});

test('a spared index that comes late passes at once', () => {
  // No. 3 waits for two passes: 4, and 5.
  const late = pipelineOf(readKnobs({ reorderList: '3:2', delay: '9ms', spare: '2' }));
  const arrivals = [
    ['1', 0],
    ['3', 1],
    ['4', 2],
    ['2', 3],
    ['5', 4],
  ] as const;
  assert.equal(departures(late, arrivals), ['1@0', '2@3', '4@11', '5@13', '3@13']);
});

const anyKnobs = fc
  .record({
    loss: fc.constantFrom(
      {},
      { drop: '50%' },
      { drop: '60%', dropMaxRun: '2' },
      { dropExact: '25%/8' },
      { dropBurst: '20%,30%,90%,5%' },
      { dropState: '20%,30%,10%,40%,9%' },
      { dropList: '1-3,600' },
    ),
    others: fc.constantFrom(
      { duplicate: '50%', reorder: '40%', corrupt: '50%' },
      { delay: '5ms', jitter: '3ms', duplicateList: '1-700', reorderList: '1:1,2:3,530:9' },
      { outage: '0..1ms,500ms..520ms' },
    ),
  })
  .map(({ loss, others }): Knobs => ({ ...loss, ...others }));

test('no fate behind the spared ones moves, in any order of asking, twice (seeded)', () => {
  const fateAt = (schedule: Schedule, index: number): number[] => {
    const row = schedule.at(index);
    return [schedule.dropCause, schedule.copies, schedule.hold, schedule.corrupt, schedule.delayNs].map(
      (column) => column[row] as number,
    );
  };
  let moved = 0;
  fc.assert(
    fc.property(
      anyKnobs,
      fc.constantFrom(1, 3, 511, 512, 513, 1100),
      fc.array(fc.integer({ min: 1, max: 1300 }), { minLength: 40, maxLength: 40 }),
      (knobs, spare, indices) => {
        const of = (more: Knobs): Schedule =>
          new Schedule(readKnobs({ ...knobs, ...more }), KEY, (index) => (index - 1) * MS);
        const [plain, spared, again] = [of({}), of({ spare: String(spare) }), of({ spare: String(spare) })];
        for (const index of indices) {
          const fate = fateAt(spared, index);
          assert.equal(fate, fateAt(again, index));
          assert.equal(fate, index <= spare ? [0, 0, 0, -1, 0] : fateAt(plain, index), String(index));
          if (index <= spare && String(fateAt(plain, index)) !== String(fate)) moved += 1;
          assert.equal(
            spared.repeat(index, 2),
            index <= spare ? spared.repeat(1, 2) : plain.repeat(index, 2),
          );
        }
      },
    ),
    { seed: 61, numRuns: 120 },
  );
  assert.ok(moved > 500, `${moved} fates were spared`);
});

test('columns that all schedules share keep their values', () => {
  // Only copies are on: what is spared has no hold, no corruption and no delay to be taken away.
  new Schedule(readKnobs({ duplicate: '100%', spare: '700' }), KEY).at(700);
  const other = new Schedule(NO_IMPAIRMENT, KEY);
  const row = other.at(3);
  assert.equal(
    [other.dropCause[row], other.copies[row], other.hold[row], other.corrupt[row], other.delayNs[row]],
    [0, 0, 0, -1, 0],
  );
});

test('the line of a spared index says so', () => {
  const knobs = { drop: '100%', duplicate: '100%', corrupt: '100%', delay: '1ms', rate: '1mbit', mtu: '5' };
  const schedule = new Schedule(readKnobs({ ...knobs, spare: '2' }), KEY);
  const head = '{"flow":1,"direction":"down","index":';
  assert.is(
    fateLine(schedule, 2, 100),
    `${head}2,"drop":null,"copies":0,"hold":0,"corrupt":null,"delayUs":0,"queueDropped":0,"spared":true}`,
  );
  assert.is(
    fateLine(schedule, 2, 100, 0, 2),
    `${head}2,"repeat":2,"drop":null,"copies":0,"hold":0,"corrupt":null,"delayUs":0,"queueDropped":0,"spared":true}`,
  );
  assert.is(
    fateLine(schedule, 3, 100),
    `${head}3,"drop":"mtu","copies":0,"hold":0,"corrupt":null,"delayUs":null,"queueDropped":0}`,
  );
});

test('it is read, written, kept for control, and alone it is nothing', () => {
  const config = readKnobs({ rate: '1mbit', spare: '3' });
  assert.is(formatKnobs(config), '--rate 1mbit --queue 100 --spare 3');
  assert.equal(controlConfig(config), { ...NO_IMPAIRMENT, spare: 3 });
  assert.is(formatKnobs(readKnobs({ spare: '0' })), '');
});

test('how many of a stream are spared depends on where it begins', () => {
  assert.equal(
    [
      [1, 10],
      [3, 10],
      [4, 10],
      [1, 2],
      [1, 0],
    ].map(([first, last]) => sparedAmong({ spare: 3 }, first as number, last as number)),
    [3, 1, 0, 2, 0],
  );
});

/** Every choice of `lost` out of `block` positions, as lists of 0 and 1. */
function choices(lost: number, block: number): number[][] {
  if (block === 0) return lost === 0 ? [[]] : [];
  return [
    ...choices(lost, block - 1).map((rest) => [0, ...rest]),
    ...(lost > 0 ? choices(lost - 1, block - 1).map((rest) => [1, ...rest]) : []),
  ];
}

test('the losses of an exact model behind the spared ones lie between those of its best and its worst choice', () => {
  for (const [lost, block] of [
    [2, 4],
    [1, 3],
    [3, 4],
    [0, 3],
    [3, 3],
  ] as const) {
    const all = choices(lost, block);
    for (let before = 0; before <= 6; before += 1) {
      for (let n = 0; n <= 9; n += 1) {
        let least = 0;
        let most = 0;
        for (let from = 0; from < before + n; from += block) {
          const counts = all.map((choice) =>
            choice.reduce((sum, one, k) => sum + (from + k >= before && from + k < before + n ? one : 0), 0),
          );
          least += Math.min(...counts);
          most += Math.max(...counts);
        }
        const drop = { kind: 'exact', lost, block } as const;
        assert.equal(
          lossInterval(drop, n, 1e-6, null, before),
          [least, most],
          `${lost}/${block} ${before} ${n}`,
        );
      }
    }
  }
});

test('what the knobs promise holds for the rest alone', () => {
  const metrics = configuredMetrics(
    readKnobs({ drop: '10%', corrupt: '20%', duplicate: '50%', spare: '100' }),
    1100,
    820,
    0,
    100,
  );
  // As for 1000 without it: 280 are lost, 720 come intact, with 360 copies; and the hundred.
  const rounded = (metric?: ConfiguredMetric): number => Math.round((metric?.value ?? 0) * 1e9) / 1e9;
  assert.equal(
    [metrics.lost, metrics.unique, metrics.received, metrics.corrupted, metrics.duplicates].map(rounded),
    [280, 820, 1180, 270, 360],
  );
  assert.is(metrics.loss_ratio?.value, 280 / 1100);
  const all = configuredMetrics(
    readKnobs({ drop: '10%', duplicate: '1%', reorder: '1%', delay: '1ms', spare: '50' }),
    20,
    20,
    0,
    20,
  );
  for (const name of ['lost', 'duplicates', 'reordered', 'loss_periods'] as const)
    assert.equal(all[name], { value: 0, low: 0, high: 0 }, name);
  assert.equal(configuredMetrics(readKnobs({ delay: '1ms', spare: '50' }), 20, 20, 0, 20).delay_max_us, {
    value: 0,
    low: 0,
    high: 0,
  });
});

test('drawn schedules lie inside what is promised of them (seeded)', () => {
  const sent = 3000;
  const spare = 700;
  for (const knobs of [
    { drop: '20%' },
    { drop: '30%', dropMaxRun: '1' },
    { dropExact: '30%/1000' },
    { dropBurst: '3%,20%' },
    { dropState: '3%,20%,20%,40%,2%' },
  ]) {
    const config = readKnobs({ ...knobs, reorder: '10%', duplicate: '10%', spare: String(spare) });
    for (const seed of ['1', '2', '3', '4', '5']) {
      const schedule = new Schedule(config, { ...KEY, seed });
      let [lost, copies, holds] = [0, 0, 0];
      for (let index = 1; index <= sent; index += 1) {
        const row = schedule.at(index);
        if (schedule.dropCause[row] !== 0) lost += 1;
        copies += schedule.copies[row] as number;
        if (schedule.hold[row] !== 0) holds += 1;
      }
      const metrics = configuredMetrics(config, sent, sent - lost, 0, spare);
      for (const [name, found] of [
        ['lost', lost],
        ['duplicates', copies],
        ['reordered', holds],
      ] as const) {
        const { value, low, high } = metrics[name] as ConfiguredMetric;
        assert.ok(found >= low && found <= high, `${name} ${found} of ${low} to ${high}`);
        // The middle is near, too: a tenth of what may be, at most, for the hundreds that there are.
        assert.ok(Math.abs(found - value) < 0.35 * value, `${name} ${found}, ${value} promised`);
      }
    }
  }
});

test('the quantiles of delays are those of the rest, behind as many zeros', () => {
  const config = readKnobs({ delay: '10ms', jitter: '10ms', spare: '50' });
  const metrics = configuredMetrics(config, 100, 100, 0, 50);
  // 50 of 100 have none: the 50th is the last of these, the 95th is the 45th of 50 evenly over 20 ms.
  assert.equal(metrics.delay_p50_us, { value: 0, low: 0, high: 0 });
  assert.is(Math.round(metrics.delay_p95_us?.value ?? 0), 18_000);
  assert.is(metrics.pdv_p95_us?.value, metrics.delay_p95_us?.value);
  const schedule = new Schedule(config, KEY);
  const delays = Array.from(
    { length: 100 },
    (_, k) => schedule.delayNs[schedule.at(k + 1)] as number,
  ).toSorted((a, b) => a - b);
  const { low, high } = metrics.delay_p95_us as ConfiguredMetric;
  assert.ok((delays[94] as number) / 1e3 >= low && (delays[94] as number) / 1e3 <= high);
});

test('shrinking leaves it out where what is left fails without, and keeps it where it does not', async () => {
  const config = readKnobs({ drop: '50%', delay: '5ms', spare: '3' });
  const shrunkBy = async (fails: (tried: ImpairmentConfig) => boolean) =>
    shrinkEvents(config, [], new Trials((tried) => Promise.resolve(fails(tried)), 100));
  const delayed = await shrunkBy(({ delay }) => delay !== null);
  assert.equal(stagesOf(delayed?.config as ImpairmentConfig), { ...NO_STAGES, delay: config.delay });
  const both = await shrunkBy(({ delay, spare }) => delay !== null && spare === 3);
  assert.equal(stagesOf(both?.config as ImpairmentConfig), { ...NO_STAGES, delay: config.delay, spare: 3 });
  // Alone it does nothing, so it is not tried alone.
  assert.is(await shrunkBy(({ delay, spare }) => delay === null && spare === 3), null);
});

test.run();
