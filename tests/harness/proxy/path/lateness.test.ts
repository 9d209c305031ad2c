import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readKnobs } from '../../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';
import {
  addLate,
  describeLate,
  formatLateness,
  lateSince,
  latenessOf,
  noneLate,
  noteLate,
} from '../../../../harness/proxy/path/lateness.ts';
import { Pipeline } from '../../../../harness/proxy/path/pipeline.ts';
import { coarseMiddleOf } from '../../../../src/metrics/histogram.ts';
import { Catcher, bytesOf, oneRow } from '../rows.ts';

const test = suite('how late the proxy sends');

const US = 1e3;
const MS = 1e6;
const PEER = { address: '10.0.0.9', port: 9 };

test('of nothing there is no lateness', () => {
  assert.equal(latenessOf(noneLate()), { p50Us: null, p99Us: null, maxUs: null });
  assert.is(formatLateness(noneLate()), null);
  assert.is(describeLate(noneLate(), readKnobs({})), null);
});

test('below 32 µs percentiles are whole microseconds; the largest is exact', () => {
  const late = noneLate();
  for (let us = 0; us < 20; us += 1) noteLate(late, us * US + 700);
  noteLate(late, -5 * MS);
  assert.equal(latenessOf(late), { p50Us: 9, p99Us: 19, maxUs: 19.7 });
  assert.is(formatLateness(late), 'left late by p50 9 us, p99 19 us, max 20 us');
});

test('a percentile is off by a thirty-second of itself and 1 µs at most, whatever the lateness', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(2e5), fc.nat(5e7), fc.double({ min: 0, max: 1e12, noNaN: true })), {
        minLength: 1,
        maxLength: 300,
      }),
      fc.nat(300),
      (lateNs, cut) => {
        // Half of it by another flow.
        const late = noneLate();
        const more = noneLate();
        for (const [k, ns] of lateNs.entries()) noteLate(k < cut ? late : more, ns);
        addLate(late, more);
        const sorted = lateNs.toSorted((a, b) => a - b);
        const { p50Us, p99Us, maxUs } = latenessOf(late);
        for (const [percent, us] of [
          [50, p50Us],
          [99, p99Us],
        ] as const) {
          const exactUs = (sorted[Math.ceil((percent * sorted.length) / 100) - 1] as number) / US;
          assert.ok(Math.abs((us as number) - exactUs) <= exactUs / 32 + 1, `${us} for ${exactUs}`);
        }
        assert.is(maxUs, (sorted.at(-1) as number) / US);
        assert.is(late.datagrams, lateNs.length);
        assert.ok(late.cells.length <= 1024);
      },
    ),
    { seed: 72, numRuns: 300 },
  );
});

test('a flow that is never late keeps half a KiB', () => {
  const late = noneLate();
  for (let k = 0; k < 1000; k += 1) noteLate(late, 100 * US);
  assert.is(late.cells.byteLength, 512);
});

const pipelineOf = (knobs: Knobs, isVirtual = false): Pipeline =>
  new Pipeline(new Schedule(readKnobs(knobs), { seed: '1', flow: 1, direction: 'down' }), {
    endIsAnnounced: true,
    holdMaxNs: 1000 * MS,
    notes: null,
    isVirtual,
  });

/** Takes each index at its time, in a step that begins at another. */
function feed(pipeline: Pipeline, steps: readonly (readonly [number | null, number, number])[]): void {
  for (const [index, arrivalNs, nowNs] of steps) {
    if (index !== null) pipeline.handle(index, oneRow(bytesOf(String(index)), arrivalNs), 0);
    pipeline.wake(nowNs);
    pipeline.drain(new Catcher(), 0, PEER);
  }
}

test('without delay a datagram is late by the time from its arrival to its step', () => {
  const pipeline = pipelineOf({});
  feed(pipeline, [
    [1, 0, 0],
    [2, 1 * MS, 1_005_000],
    [3, 2 * MS, 2_020_000],
  ]);
  assert.equal(latenessOf(pipeline.counters.late), { p50Us: 5, p99Us: 20, maxUs: 20 });
});

test('a held one is late since the arrival that released it, a delayed one since its release', () => {
  const held = pipelineOf({ reorderList: '1:1' });
  feed(held, [
    [1, 0, 0],
    [2, 5 * MS, 5_003_000],
  ]);
  assert.equal(latenessOf(held.counters.late), { p50Us: 3, p99Us: 3, maxUs: 3 });
  const delayed = pipelineOf({ delay: '10ms' });
  feed(delayed, [
    [1, 0, 0],
    [2, 1 * MS, 1 * MS],
    [null, 0, 10_007_000],
    [null, 0, 11_025_000],
  ]);
  assert.equal(latenessOf(delayed.counters.late), { p50Us: 7, p99Us: 25, maxUs: 25 });
});

test('where time jumps nothing is late', () => {
  const pipeline = pipelineOf({ delay: '10ms' }, true);
  feed(pipeline, [
    [1, 0, 0],
    [null, 0, 15 * MS],
  ]);
  assert.equal(latenessOf(pipeline.counters.late), { p50Us: 0, p99Us: 0, maxUs: 0 });
});

test('it is said from a tenth of the delay on, between 1 and 10 ms', () => {
  const lateBy = (ns: number): ReturnType<typeof noneLate> => {
    const late = noneLate();
    noteLate(late, ns, 1000);
    return late;
  };
  const cases: [Knobs, number][] = [
    [{}, 10],
    [{ delay: '5ms' }, 1],
    [{ delay: '50ms' }, 5],
    [{ delay: '1s' }, 10],
  ];
  for (const [knobs, mostMs] of cases) {
    // A percentile is never above the largest, so the limit itself is not exceeded.
    assert.is(describeLate(lateBy(mostMs * MS), readKnobs(knobs)), null);
    assert.type(describeLate(lateBy(1.07 * mostMs * MS), readKnobs(knobs)), 'string');
  }
  assert.is(
    describeLate(lateBy(1100 * MS), readKnobs({ delay: '10ms' })),
    'the machine was late: one datagram in a hundred left 1081.3 ms or more after its time (the delay is 10ms), the latest 1100.0 ms after it',
  );
});

test('waits are counted where somebody asks: of what is delayed and of what is held, of nothing that passes', () => {
  const waits = noneLate();
  const pipeline = new Pipeline(
    new Schedule(readKnobs({ delay: '20ms', reorderList: '2:1', dropList: '4', spare: '1' }), {
      seed: '1',
      flow: 1,
      direction: 'down',
    }),
    { endIsAnnounced: true, holdMaxNs: 1000 * MS, notes: null, waits },
  );
  const sink = new Catcher();
  // No. 1 is spared, 2 waits for 3, which comes 5 ms later, 4 is lost.
  for (const [index, nowMs] of [
    [1, 0],
    [2, 10],
    [3, 15],
    [4, 16],
  ] as const) {
    pipeline.handle(index, oneRow(bytesOf('x'), nowMs * MS), 0);
    pipeline.wake(nowMs * MS);
  }
  pipeline.wake(100 * MS);
  pipeline.drain(sink, 0, PEER);
  assert.is(sink.texts.length, 3);
  const counted = [...waits.cells.entries()].flatMap(([cell, count]) => Array<number>(count).fill(cell));
  assert.equal(
    counted.map((cell) => Math.round(coarseMiddleOf(cell, 16) / 1e3)),
    [20, 25],
  );
  assert.is(waits.datagrams, 2);
});

test('what was counted since a time is the difference', () => {
  const before = noneLate();
  noteLate(before, 3 * US, 5);
  const now = { ...before, cells: before.cells.slice() };
  noteLate(now, 3 * US, 1);
  noteLate(now, 300 * US, 2);
  const since = lateSince(now, before);
  assert.equal([since.datagrams, since.cells[3]], [3, 1]);
  assert.is(latenessOf(since).p50Us, latenessOf(since).p99Us);
});

test.run();
