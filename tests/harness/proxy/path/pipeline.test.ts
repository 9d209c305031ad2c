import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readKnobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';
import { MAX_FIRST_INDEX, MAX_INDEX_JUMP } from '../../../../harness/proxy/path/indexLimits.ts';
import { Pipeline } from '../../../../harness/proxy/path/pipeline.ts';
import { Catcher, bytesOf, oneRow, struckOf } from '../rows.ts';

const test = suite('one direction of a flow');

const PEER = { address: '10.0.0.9', port: 9 };
const MS = 1e6;

type Knobs = Readonly<Record<string, string | boolean>>;

const scheduleOf = (knobs: Knobs, seed = '1'): Schedule =>
  new Schedule(readKnobs(knobs), { seed, flow: 1, direction: 'down' }, (index) => index * MS);

/** An impairer that is fed texts, with what it sends. */
class Bench {
  readonly impairer: Pipeline;
  readonly sink = new Catcher();
  nowNs = 0;

  constructor(knobs: Knobs, options: { endIsAnnounced?: boolean; holdMaxNs?: number; seed?: string } = {}) {
    const { endIsAnnounced = true, holdMaxNs = 1000 * MS, seed } = options;
    this.impairer = new Pipeline(scheduleOf(knobs, seed), { endIsAnnounced, holdMaxNs, notes: null });
  }

  /** The datagram's text is its index. */
  take(index: number, nowNs: number): boolean {
    this.nowNs = nowNs;
    const isBelieved = this.impairer.handle(index, oneRow(bytesOf(String(index)), nowNs), 0);
    this.impairer.wake(nowNs);
    this.impairer.drain(this.sink, 0, PEER);
    return isBelieved;
  }

  wake(nowNs: number): void {
    this.nowNs = nowNs;
    this.impairer.wake(nowNs);
    this.impairer.drain(this.sink, 0, PEER);
  }

  end(lastIndex: number | null, nowNs = this.nowNs): void {
    this.impairer.end(nowNs, lastIndex);
    this.impairer.drain(this.sink, 0, PEER);
  }

  /** The bounds that struck, with their counts. */
  get struck(): Record<string, number> {
    return struckOf(this.impairer.counters);
  }

  get order(): number[] {
    return this.sink.texts.map(Number);
  }
}

/** A seed whose schedule holds exactly these of the first `count`, by so many. */
function seedThatHolds(knobs: Knobs, count: number, wanted: Readonly<Record<number, number>>): string {
  for (let seed = 0; ; seed += 1) {
    const schedule = scheduleOf(knobs, String(seed));
    const isRight = Array.from({ length: count }, (_, k) => k + 1).every(
      (index) => schedule.hold[schedule.at(index)] === (wanted[index] ?? 0),
    );
    if (isRight) return String(seed);
  }
}

const HOLD_BY_ONE = { reorder: '30%', reorderDistance: '1' };

test('a repeated index has the fate it had', () => {
  const knobs = { drop: '30%', duplicate: '30%', corrupt: '30%' };
  const once = new Bench(knobs);
  const thrice = new Bench(knobs);
  for (let index = 1; index <= 1500; index += 1) {
    once.take(index, index * MS);
    thrice.take(index, index * MS);
    thrice.take(index, index * MS);
  }
  for (let index = 1; index <= 1500; index += 1) thrice.take(index, 2000 * MS);
  assert.equal(
    thrice.sink.texts.toSorted(),
    once.sink.texts.flatMap((text) => [text, text, text]).toSorted(),
  );
  assert.ok(once.order.length > 1000 && once.order.length < 1500);
  assert.is(thrice.impairer.counters.arrived, 4500);
  assert.is(thrice.impairer.counters.highestIndex, 1500);
});

test('a held datagram goes when a later one has passed', () => {
  const seed = seedThatHolds(HOLD_BY_ONE, 5, { 2: 1 });
  const bench = new Bench(HOLD_BY_ONE, { seed });
  for (const index of [1, 2]) bench.take(index, index * MS);
  assert.equal(bench.order, [1]);
  assert.is(bench.impairer.pending, 1);
  for (const index of [3, 4, 5]) bench.take(index, index * MS);
  assert.equal(bench.order, [1, 3, 2, 4, 5]);
  assert.is(bench.impairer.pending, 0);
});

test('a missing index counts as gone if its fate was to pass', () => {
  const seed = seedThatHolds({ reorder: '30%', reorderDistance: '2' }, 6, { 1: 2, 3: 2 });
  const bench = new Bench({ reorder: '30%', reorderDistance: '2' }, { seed });
  // 2 and 4 never come: 2 is one pass for no. 1, 4 is the second, and the first for no. 3.
  for (const index of [1, 3]) bench.take(index, index * MS);
  assert.equal(bench.order, []);
  bench.take(5, 5 * MS);
  assert.equal(bench.order, [1, 5, 3]);
});

test('a missing index whose fate was to be held is no pass', () => {
  const seed = seedThatHolds(HOLD_BY_ONE, 4, { 1: 1, 2: 1 });
  const bench = new Bench(HOLD_BY_ONE, { seed });
  bench.take(1, MS);
  bench.take(3, 3 * MS);
  assert.equal(bench.order, [3, 1]);
});

test('an index that comes late is sent at once and is no pass', () => {
  const seed = seedThatHolds({ reorder: '30%', reorderDistance: '2' }, 6, { 3: 2 });
  const bench = new Bench({ reorder: '30%', reorderDistance: '2' }, { seed });
  for (const index of [1, 3, 4, 2, 5]) bench.take(index, index * MS);
  assert.equal(bench.order, [1, 4, 2, 5, 3]);
  assert.equal(bench.struck, {});
});

test('the announced end makes the missing tail count as gone', () => {
  const seed = seedThatHolds(HOLD_BY_ONE, 6, { 4: 1, 6: 1 });
  const bench = new Bench(HOLD_BY_ONE, { seed });
  for (const index of [1, 2, 3, 4]) bench.take(index, index * MS);
  assert.equal(bench.order, [1, 2, 3]);
  bench.end(6);
  assert.equal(bench.order, [1, 2, 3, 4]);
  assert.is(bench.impairer.counters.lastIndex, 6);
  assert.is(bench.impairer.pending, 0);
});

test('the last index itself may be missing, and releases what its pass would have', () => {
  const knobs = { reorder: '50%', reorderDistance: '1..3' };
  const seed = seedThatHolds(knobs, 4, { 2: 3, 3: 1 });
  const bench = new Bench(knobs, { seed });
  for (const index of [1, 2, 3]) bench.take(index, index * MS);
  bench.end(4);
  assert.equal(bench.order, [1, 3, 2]);
});

test('an end without a count flushes, in index order', () => {
  const seed = seedThatHolds({ reorder: '50%', reorderDistance: '3' }, 4, { 2: 3, 3: 3, 4: 3 });
  const bench = new Bench({ reorder: '50%', reorderDistance: '3' }, { seed });
  for (const index of [1, 2, 3, 4]) bench.take(index, index * MS);
  bench.end(null);
  assert.equal(bench.order, [1, 2, 3, 4]);
  assert.is(bench.impairer.counters.lastIndex, null);
});

test('a stream that goes on after its end is held again, and the early flush is counted', () => {
  const seed = seedThatHolds(HOLD_BY_ONE, 6, { 2: 1, 4: 1 });
  const bench = new Bench(HOLD_BY_ONE, { seed });
  for (const index of [1, 2]) bench.take(index, index * MS);
  bench.end(2);
  assert.ok(bench.impairer.ended);
  assert.equal(bench.struck, {});
  for (const index of [3, 4, 5]) bench.take(index, index * MS);
  assert.equal(bench.order, [1, 2, 3, 5, 4]);
  assert.is(bench.impairer.ended, false);
  assert.is(bench.impairer.counters.lastIndex, null);
  assert.equal(bench.struck, { end: 1 });
});

test('once closed, nothing is held', () => {
  const seed = seedThatHolds(HOLD_BY_ONE, 6, { 2: 1, 4: 1 });
  const bench = new Bench(HOLD_BY_ONE, { seed });
  for (const index of [1, 2]) bench.take(index, index * MS);
  bench.impairer.close(3 * MS);
  for (const index of [3, 4, 5]) bench.take(index, index * MS);
  assert.equal(bench.order, [1, 2, 3, 4, 5]);
});

test('an index too far ahead is not believed, and changes nothing', () => {
  const bench = new Bench({ drop: '10%' });
  assert.is(bench.take(2 + MAX_INDEX_JUMP, 0), false, 'not even as the first');
  assert.ok(bench.take(1, MS));
  assert.is(bench.take(3 + MAX_INDEX_JUMP, 2 * MS), false);
  assert.is(bench.take(Number.MAX_SAFE_INTEGER, 2 * MS), false);
  assert.is(bench.impairer.counters.arrived, 1);
  assert.is(bench.impairer.lastIndex, 1);
  assert.ok(bench.take(2 + MAX_INDEX_JUMP, 3 * MS), 'the farthest that is');
});

test('a promised first index is believed, within reason', () => {
  const late = new Bench({ drop: '10%' });
  late.impairer.promise(30_000_000);
  assert.ok(late.take(30_000_001, 0));
  const absurd = new Bench({ drop: '10%' });
  absurd.impairer.promise(MAX_FIRST_INDEX + 1);
  assert.is(absurd.take(MAX_FIRST_INDEX + 1, 0), false);
});

test('an absurd last index is not believed', () => {
  const bench = new Bench({ drop: '10%' });
  bench.take(1, 0);
  bench.end(Number.MAX_SAFE_INTEGER);
  assert.ok(bench.impairer.ended);
  assert.is(bench.impairer.lastIndex, 1);
});

test('where no end is announced, what is held waits no longer than the longest wait', () => {
  const seed = seedThatHolds(HOLD_BY_ONE, 6, { 2: 1 });
  const bench = new Bench(HOLD_BY_ONE, { seed, endIsAnnounced: false, holdMaxNs: 50 * MS });
  for (const index of [1, 2]) bench.take(index, index * MS);
  assert.is(bench.impairer.nextWakeNs(), 52 * MS);
  bench.wake(52 * MS - 1);
  assert.equal(bench.order, [1]);
  bench.wake(52 * MS);
  assert.equal(bench.order, [1, 2]);
  assert.is(bench.impairer.nextWakeNs(), Infinity);
  assert.equal(bench.struck, {}, 'as far as is known the stream is over');
  bench.take(3, 60 * MS);
  assert.equal(bench.struck, { quiet: 1 }, 'it was not');
});

test('where an end is announced, a quiet stream keeps what it holds', () => {
  const seed = seedThatHolds(HOLD_BY_ONE, 6, { 2: 1 });
  const bench = new Bench(HOLD_BY_ONE, { seed, holdMaxNs: 50 * MS });
  for (const index of [1, 2]) bench.take(index, index * MS);
  assert.is(bench.impairer.nextWakeNs(), Infinity);
  bench.wake(1e15);
  assert.equal(bench.order, [1]);
});

test('an index that should have come is waited for, and not longer than the longest wait', () => {
  const bench = new Bench({ delay: '5ms', jitter: '3ms' }, { holdMaxNs: 40 * MS });
  bench.impairer.followPlan((index) => (index - 1) * 2 * MS);
  bench.take(1, 0);
  // 2 was due at 2 ms: at 8 ms at the latest 1 is due, and 2 could be scheduled before it.
  const dueNs = bench.impairer.nextWakeNs();
  assert.ok(dueNs > 2 * MS && dueNs <= 8 * MS);
  bench.wake(dueNs);
  assert.equal(bench.order, []);
  assert.is(bench.impairer.nextWakeNs(), dueNs + 40 * MS);
  bench.wake(dueNs + 40 * MS - 1);
  assert.equal(bench.order, []);
  bench.wake(dueNs + 40 * MS);
  assert.equal(bench.order, [1]);
  assert.equal(bench.struck, { missing: 1 });
  bench.take(2, 100 * MS);
  bench.end(2);
  assert.equal(bench.order, [1, 2]);
  // 2 was to leave before 1.
  assert.equal(bench.struck, { missing: 1, overtaken: 1 });
});

test('an index that was given up keeps no other waiting', () => {
  const bench = new Bench({ delay: '9ms', jitter: '2ms' }, { holdMaxNs: MS / 2 });
  bench.impairer.followPlan((index) => (index - 1) * 2 * MS);
  // 4 is due at 6 ms and never comes; nothing leaves before 7 ms.
  for (const index of [1, 2, 3]) bench.take(index, (index - 1) * 2 * MS);
  const wakes: number[] = [];
  while (bench.impairer.pending > 0) {
    const wakeNs = bench.impairer.nextWakeNs();
    wakes.push(wakeNs);
    bench.wake(wakeNs);
  }
  const timesNs = bench.sink.caught.map(({ timeNs }) => timeNs);
  assert.equal(bench.struck, { missing: 1 });
  const struckNs = (timesNs[0] as number) + MS / 2;
  assert.equal(wakes, [timesNs[0], struckNs, ...timesNs.filter((timeNs) => timeNs > struckNs)]);
  assert.is(wakes.length, 3);
});

test('a stream that lags behind its plan strikes no bound as long as it moves', () => {
  const bench = new Bench({ delay: '5ms', jitter: '3ms' }, { holdMaxNs: 100 * MS });
  bench.impairer.followPlan((index) => (index - 1) * MS);
  bench.take(1, 0);
  // From the second on everything is 20 ms late: something is always overdue, and always waits for the next.
  for (let index = 2; index <= 1000; index += 1) bench.take(index, (index - 1) * MS + 20 * MS);
  assert.equal(bench.struck, {});
  bench.end(1000, 1100 * MS);
  assert.is(bench.order.length, 1000);
});

test('waking before the stream begins strikes nothing, however long that takes', () => {
  const bench = new Bench({ delay: '5ms' }, { holdMaxNs: 10 * MS });
  bench.impairer.followPlan((index) => (index - 1) * MS);
  for (let k = 0; k < 100; k += 1) bench.wake(k * 50 * MS);
  assert.equal(bench.struck, {});
  assert.is(bench.impairer.nextWakeNs(), Infinity);
});

test('a plan that becomes known in the middle moves no time', () => {
  const known = new Bench({ delay: '5ms' });
  const learnt = new Bench({ delay: '5ms' });
  known.impairer.followPlan((index) => index * MS);
  for (let index = 3; index <= 20; index += 1) {
    const nowNs = 70 * MS + index * MS;
    if (index === 9) learnt.impairer.followPlan((k) => k * MS);
    known.take(index, nowNs);
    learnt.take(index, nowNs);
  }
  known.end(20, 200 * MS);
  learnt.end(20, 200 * MS);
  assert.equal(learnt.sink.caught, known.sink.caught);
  assert.equal(learnt.sink.caught[0]?.timeNs, 78 * MS);
});

test('arrivals that are stamped before the last wake do not upset the link', () => {
  const knobs = { rate: '1mbit', queue: '2', delay: '1ms', jitter: '1ms' };
  const bench = new Bench(knobs);
  for (let index = 1; index <= 50; index += 1) {
    const arrivalNs = index * 0.1 * MS;
    bench.impairer.handle(index, oneRow(bytesOf(String(index)), arrivalNs), 0);
    // The clock is ahead of the stamps, as it is when a batch waited for its turn.
    bench.wake(arrivalNs + 0.9 * MS);
  }
  bench.end(50, 1000 * MS);
  bench.wake(2000 * MS);
  const { droppedByCause } = bench.impairer.counters;
  assert.is(bench.order.length + droppedByCause.reduce((a, b) => a + b, 0), 50);
});

test('what is due at a time that no sum of floats hits exactly still goes out at its wake-up', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e15, noNaN: true }),
      fc.constantFrom('1.7mbit', '3.3mbit', '7mbit'),
      (startNs, rate) => {
        const bench = new Bench({ rate, queue: '9', delay: '333333ns' });
        bench.impairer.followPlan((index) => ((index - 1) * MS) / 3);
        for (let index = 1; index <= 3; index += 1) bench.take(index, startNs + ((index - 1) * MS) / 3);
        bench.end(3);
        for (let k = 0; k < 20 && bench.impairer.pending > 0; k += 1) {
          const wakeNs = bench.impairer.nextWakeNs();
          const before = bench.impairer.pending + bench.order.length;
          bench.wake(Math.max(wakeNs, bench.nowNs));
          assert.is(bench.impairer.pending + bench.order.length, before);
        }
        assert.is(bench.order.length, 3);
        assert.ok(bench.nowNs < startNs + 100 * MS, 'and not a longest wait later');
      },
    ),
    { seed: 51, numRuns: 200 },
  );
});

test('what is left when the flow is closed is counted, copies too', () => {
  const knobs = {
    duplicate: '100%',
    reorder: '60%',
    reorderDistance: '900',
    rate: '8kbit',
    queue: '5',
    delay: '1s',
  };
  const bench = new Bench(knobs);
  for (let index = 1; index <= 20; index += 1) bench.take(index, index);
  bench.wake(2000 * MS);
  const { counters } = bench.impairer;
  bench.impairer.abandon();
  const dropped = counters.droppedByCause.reduce((a, b) => a + b, 0);
  assert.ok(dropped > 0 && counters.heldAtEnd > 10);
  assert.is(counters.arrived + counters.duplicated, dropped + counters.forwarded + counters.heldAtEnd);
  assert.is(bench.impairer.pending, 0);
});

test('what the transport refuses is counted', () => {
  const bench = new Bench({});
  const batch = oneRow(bytesOf('1'), 0);
  bench.impairer.handle(1, batch, 0);
  bench.impairer.handle(2, batch, 0);
  bench.impairer.handle(3, batch, 0);
  bench.impairer.wake(0);
  bench.impairer.drain(new Catcher(2), 0, PEER);
  assert.is(bench.impairer.counters.forwarded, 2);
  assert.is(bench.impairer.counters.refused, 1);
});

test.run();
