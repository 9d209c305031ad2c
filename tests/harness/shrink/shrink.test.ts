import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNIMPAIRED } from '../../../harness/impairment/impairment.ts';
import { NO_IMPAIRMENT } from '../../../harness/impairment/config.ts';
import type { ImpairmentConfig } from '../../../harness/impairment/config.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';
import { loadRecording } from '../../../harness/recording/loadRecording.ts';
import { configOf, eventsOf, stagesOf } from '../../../harness/shrink/events.ts';
import { isMet, readExpectation } from '../../../harness/judge/expectation.ts';
import { Trials, shrinkEvents } from '../../../harness/shrink/shrink.ts';
import type { Trial } from '../../../harness/shrink/shrink.ts';
import { measureVirtually } from '../../../harness/shrink/virtualTrial.ts';
import type { Statistics } from '../../../src/metrics/catalogue.ts';
import { shortRecording } from './recordings.ts';

const test = suite('shrinking a schedule');

const recording = await loadRecording(await shortRecording(120, 10e6, true));
const MANY = 10_000;

/** What one client measures. */
async function measure(down: ImpairmentConfig): Promise<Statistics> {
  const [statistics] = await measureVirtually(recording, {
    clients: 1,
    speed: 1,
    impairment: { ...UNIMPAIRED, seed: '7', down },
    tmaxNs: 1e9,
  });
  return statistics as Statistics;
}

const failing =
  (text: string) =>
  async (config: ImpairmentConfig): Promise<boolean> =>
    !isMet(readExpectation(text, '--expect'), await measure(config));

async function shrink(knobs: Knobs, fails: Trial, mostRuns = MANY, flow = 1) {
  const config = readKnobs(knobs);
  const schedule = new Schedule(
    config,
    { seed: '7', flow, direction: 'down' },
    (index) => (index - 1) * 10e6,
  );
  const trials = new Trials(fails, mostRuns);
  const shrunk = await shrinkEvents(config, eventsOf(schedule, 120), trials);
  return { shrunk, runs: trials.runs };
}

/** A failure that drops, holds and copies must come together for. */
const allThree = async (config: ImpairmentConfig): Promise<boolean> => {
  const { lost, reordered, duplicates } = await measure(config);
  return Number(lost) >= 2 && Number(reordered) >= 1 && Number(duplicates) >= 1;
};

for (const [what, knobs, fails, kinds] of [
  ['too many losses', { drop: '15%', reorder: '10%' }, failing('lost<=3'), 'drop drop drop drop'],
  ['a run of losses', { dropBurst: '10%,30%' }, failing('loss_period_max<3'), 'drop drop drop'],
  ['late datagrams', { drop: '9%', reorder: '9%' }, failing('reordered<=1'), 'hold hold'],
  ['one far too late', { reorder: '9%', reorderDistance: '1..9' }, failing('reorder_extent_max<=5'), 'hold'],
  ['copies', { drop: '5%', duplicate: '9%' }, failing('replicated<2'), 'copy copy'],
  ['all three', { drop: '5%', reorder: '9%', duplicate: '9%' }, allThree, 'copy drop drop hold'],
] as const) {
  test(`${what}: what is left fails, and passes without any single one of its events`, async () => {
    const { shrunk } = await shrink(knobs, fails);
    assert.ok(shrunk?.minimal);
    const { events, config } = shrunk as NonNullable<typeof shrunk>;
    assert.is(
      events
        .map(({ kind }) => kind)
        .toSorted()
        .join(' '),
      kinds,
    );
    assert.ok(await fails(config));
    for (const [k, event] of events.entries()) {
      const fewer = configOf(events.toSpliced(k, 1), stagesOf(config));
      assert.not(await fails(fewer), `it fails without ${event.kind} ${event.index}`);
    }
  });
}

test('the same failure shrinks to the same events in as many runs', async () => {
  const knobs = { drop: '15%', reorder: '10%' };
  const once = await shrink(knobs, failing('lost<=3'));
  assert.equal(
    once.shrunk?.events.map(({ index }) => index),
    [5, 8, 18, 36],
  );
  assert.equal(await shrink(knobs, failing('lost<=3')), once);
});

test('a stage that does not matter goes, and one that does stays', async () => {
  const knobs = { drop: '10%', delay: '50ms', jitter: '5ms', rate: '10mbit', corrupt: '5%' };
  const dropsAlone = await shrink(knobs, failing('loss_period_max<=1'));
  assert.equal(stagesOf(dropsAlone.shrunk?.config as ImpairmentConfig), stagesOf(NO_IMPAIRMENT));

  const delayed = await shrink(knobs, failing('delay_p50_us<=40000'));
  assert.equal(delayed.shrunk?.events, []);
  assert.equal(delayed.shrunk?.config, { ...NO_IMPAIRMENT, delay: readKnobs(knobs).delay });

  const damaged = await shrink(knobs, failing('corrupted<=1'));
  assert.equal(damaged.shrunk?.config, { ...NO_IMPAIRMENT, corruptRatio: 0.05 });
});

test('events and a stage that fail only together both stay', async () => {
  const knobs = { drop: '10%', delay: '50ms' };
  const both = async (config: ImpairmentConfig): Promise<boolean> => {
    const { lost, delay_p50_us: delayUs } = await measure(config);
    return (lost ?? 0) >= 2 && (delayUs ?? 0) > 40_000;
  };
  const { shrunk } = await shrink(knobs, both);
  assert.is(shrunk?.events.length, 2);
  assert.is(shrunk?.config.delay?.delayNs, 50e6);
});

test('what fails without anything ends with nothing', async () => {
  const { shrunk } = await shrink({ drop: '10%', delay: '50ms' }, failing('unique>1000'));
  assert.equal(shrunk, { events: [], config: NO_IMPAIRMENT, minimal: true });
});

test('what does not fail again is not shrunk', async () => {
  const { shrunk, runs } = await shrink({ drop: '10%', delay: '50ms' }, failing('lost<=100'));
  assert.equal([shrunk, runs], [null, 2]);
});

test('when the runs are over, the best so far is given, and is not called minimal', async () => {
  const fails = failing('lost<=3');
  const { shrunk, runs } = await shrink({ drop: '40%' }, fails, 5);
  assert.is(runs, 5);
  assert.is(shrunk?.minimal, false);
  assert.ok(await fails((shrunk as NonNullable<typeof shrunk>).config));
});

test("another flow's events fail for one client alone", async () => {
  const { shrunk } = await shrink({ drop: '15%', reorder: '10%' }, failing('lost<=3'), MANY, 3);
  assert.is(shrunk?.events.length, 4);
});

test.run();
