import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DelayStage } from '../../../harness/impairment/delayStage.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { Link } from '../../../harness/impairment/link.ts';
import { ReorderBuffer } from '../../../harness/impairment/reorderBuffer.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';
import { ReleaseQueue } from '../../../harness/impairment/releaseQueue.ts';

const test = suite('hold, delay and rate one after the other');

interface Departure {
  index: number;
  /** −1 when the queue was full. */
  departureNs: number;
}

interface Run {
  knobs: Record<string, string | boolean>;
  count: number;
  intervalNs: number;
  seed: string;
}

const newSchedule = ({ knobs, seed, intervalNs }: Run): Schedule =>
  new Schedule(readKnobs(knobs), { seed, flow: 1, direction: 'down' }, (index) => (index - 1) * intervalNs);

/** As a proxy would: index by index, taking what is final as the frontier moves. */
function stepByStep(run: Run): Departure[] {
  const schedule = newSchedule(run);
  const { delay, rate } = schedule.config;
  const holds = new ReorderBuffer();
  const stage = new DelayStage(delay?.keepOrder ?? false);
  const releaseQueue = new ReleaseQueue();
  const link = rate === null ? null : new Link(rate);
  const done: Departure[] = [];
  const releases = new Float64Array(run.count + 1);
  const enter = (index: number, entryNs: number): void => {
    const row = schedule.at(index);
    releases[index] = stage.releaseNs(entryNs, schedule.delayNs[row] as number);
    for (let copy = schedule.copies[row] as number; copy >= 0; copy -= 1) {
      releaseQueue.push(releases[index] as number, index);
    }
  };
  const take = (frontierNs: number): void => {
    for (let index = releaseQueue.take(frontierNs); index !== -1; index = releaseQueue.take(frontierNs)) {
      const releaseNs = releases[index] as number;
      done.push({ index, departureNs: link === null ? releaseNs : link.offer(releaseNs, 100) });
    }
  };
  let nowNs = 0;
  for (let index = 1; index <= run.count; index += 1) {
    nowNs = (index - 1) * run.intervalNs;
    const row = schedule.at(index);
    if (schedule.dropCause[row] === 0) {
      const distance = schedule.hold[row] as number;
      if (distance > 0) holds.hold(index, index, distance);
      else {
        enter(index, nowNs);
        const count = holds.pass();
        for (let k = 0; k < count; k += 1) enter(holds.released[k] as number, nowNs);
      }
    }
    take(nowNs);
  }
  const flushed = holds.flush();
  for (let k = 0; k < flushed; k += 1) enter(holds.released[k] as number, nowNs);
  take(Infinity);
  return done;
}

/** As an auditor would: whole lists, from the documented rules. */
function allAtOnce(run: Run): Departure[] {
  const schedule = newSchedule(run);
  const { delay, rate } = schedule.config;
  const fates = Array.from({ length: run.count }, (_, k) => {
    const row = schedule.at(k + 1);
    return {
      index: k + 1,
      dropped: schedule.dropCause[row] !== 0,
      hold: schedule.hold[row] as number,
      copies: schedule.copies[row] as number,
      delayNs: schedule.delayNs[row] as number,
    };
  });
  const passes = fates.filter((fate) => !fate.dropped && fate.hold === 0).map((fate) => fate.index);
  const placed = fates
    .filter((fate) => !fate.dropped)
    .map((fate) => {
      const after =
        fate.hold === 0
          ? fate.index
          : (passes.filter((pass) => pass > fate.index)[fate.hold - 1] ?? Infinity);
      return { ...fate, after, entryNs: (Math.min(after, run.count) - 1) * run.intervalNs };
    })
    .toSorted((a, b) =>
      a.after === b.after ? Math.sign(a.hold) - Math.sign(b.hold) || a.index - b.index : a.after - b.after,
    );
  const timed = placed.map((fate, position) => ({
    ...fate,
    position,
    releaseNs: fate.entryNs + fate.delayNs,
  }));
  if (delay?.keepOrder === true) {
    for (const [k, fate] of timed.entries()) {
      fate.releaseNs = Math.max(...timed.slice(0, k + 1).map((earlier) => earlier.entryNs + earlier.delayNs));
    }
  }
  const ordered = timed
    .toSorted((a, b) => a.releaseNs - b.releaseNs || a.position - b.position)
    .flatMap((fate) => Array.from({ length: 1 + fate.copies }, () => fate));
  if (rate === null) return ordered.map(({ index, releaseNs }) => ({ index, departureNs: releaseNs }));
  const gone: number[] = [];
  return ordered.map(({ index, releaseNs }) => {
    const inside = gone.filter((departureNs) => departureNs > releaseNs).length;
    if (inside > (rate.queueDatagrams as number)) return { index, departureNs: -1 };
    const departureNs = Math.max(releaseNs, gone.at(-1) ?? 0) + 100 * (8e9 / rate.rateBps);
    gone.push(departureNs);
    return { index, departureNs };
  });
}

const ratio = fc.constantFrom('0%', '5%', '30%');
const anyRun = fc.record({
  knobs: fc
    .record({
      drop: ratio,
      duplicate: ratio,
      reorder: ratio,
      reorderDistance: fc.constantFrom('1', '1..3', '5..40'),
      delay: fc.constantFrom('0', '3ms'),
      jitter: fc.constantFrom('0', '2ms', '20ms'),
      distribution: fc.constantFrom('uniform', 'normal', 'pareto', 'paretonormal'),
      keepOrder: fc.boolean(),
      limited: fc.boolean(),
      queue: fc.constantFrom('0', '3', '40'),
    })
    .map(({ limited, queue, ...knobs }) => (limited ? { ...knobs, rate: '1mbit', queue } : knobs)),
  count: fc.integer({ min: 0, max: 150 }),
  intervalNs: fc.constantFrom(0, 1e5, 1e6, 3_333_333),
  seed: fc.constantFrom('1', '2', '3', '4', '5'),
});

test('index by index and all at once agree on every departure', () => {
  let tailDropped = 0;
  fc.assert(
    fc.property(anyRun, (run) => {
      const steps = stepByStep(run);
      assert.equal(steps, allAtOnce(run));
      assert.equal(steps, stepByStep(run));
      tailDropped += steps.filter(({ departureNs }) => departureNs < 0).length;
    }),
    { seed: 21, numRuns: 300 },
  );
  assert.ok(tailDropped > 100, 'queues were put to the test');
});

test('a displaced datagram stays displaced through a constant delay', () => {
  const run = {
    knobs: { reorder: '10%', reorderDistance: '1', delay: '5ms' },
    count: 2000,
    intervalNs: 1e6,
    seed: '42',
  };
  const schedule = newSchedule(run);
  let holds = 0;
  for (let index = 1; index < run.count; index += 1) if (schedule.hold[schedule.at(index)] !== 0) holds += 1;
  let reordered = 0;
  let nextExpected = 1;
  for (const { index } of stepByStep(run)) {
    if (index < nextExpected) reordered += 1;
    else nextExpected = index + 1;
  }
  assert.is(schedule.hold[schedule.at(run.count)], 0, 'the last passes, so that it releases what is left');
  assert.ok(holds > 150);
  assert.is(reordered, holds);
});

test('departures never go back in time, and keep-order keeps the order', () => {
  const knobs = { delay: '3ms', jitter: '3ms', distribution: 'normal' };
  const free = stepByStep({ knobs, count: 500, intervalNs: 1e6, seed: '1' });
  const kept = stepByStep({ knobs: { ...knobs, keepOrder: true }, count: 500, intervalNs: 1e6, seed: '1' });
  for (const list of [free, kept]) {
    for (const [k, { departureNs }] of list.entries()) {
      assert.ok(k === 0 || departureNs >= (list[k - 1] as Departure).departureNs);
    }
  }
  assert.equal(
    kept.map(({ index }) => index),
    Array.from({ length: 500 }, (_, k) => k + 1),
  );
  assert.ok(free.some(({ index }, k) => index !== k + 1));
});

test.run();
