/**
 * What happens when the memory for held datagrams is full: what leaves, when, in which order, and what is said of it.
 */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readKnobs } from '../../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';
import { addStruck, describeStruck, noneStruck, touchedBy } from '../../../../harness/proxy/path/bounds.ts';
import type { Bound, StruckBounds } from '../../../../harness/proxy/path/bounds.ts';
import { HeldDatagrams, heldBytes } from '../../../../harness/proxy/path/heldDatagrams.ts';
import { Pipeline } from '../../../../harness/proxy/path/pipeline.ts';
import { Catcher, bytesOf, oneRow, struckOf } from '../rows.ts';

const test = suite('the memory for held datagrams');

const PEER = { address: '10.0.0.9', port: 9 };
const MS = 1e6;
/** What a datagram of at most 128 bytes counts for. */
const SHORT_BYTES = 256;

const scheduleOf = (knobs: Knobs, seed = '1'): Schedule =>
  new Schedule(readKnobs(knobs), { seed, flow: 1, direction: 'down' }, (index) => index * MS);

/** A direction whose datagrams' texts are their indices, and the bounds it has named. */
class Bench {
  readonly pipeline: Pipeline;
  readonly sink = new Catcher();
  readonly named: Bound[] = [];

  constructor(knobs: Knobs, held: HeldDatagrams, seed = '1') {
    this.pipeline = new Pipeline(scheduleOf(knobs, seed), {
      endIsAnnounced: true,
      holdMaxNs: 1000 * MS,
      notes: null,
      held,
      struck: (bound) => this.named.push(bound),
    });
  }

  take(index: number, nowNs: number, lengthBytes = 0): void {
    const text = String(index).padEnd(lengthBytes);
    this.pipeline.handle(index, oneRow(bytesOf(text), nowNs), 0);
    this.wake(nowNs);
  }

  wake(nowNs: number): void {
    this.pipeline.wake(nowNs);
    this.pipeline.drain(this.sink, 0, PEER);
  }

  /** Wakes it whenever it asks for that, until nothing waits. */
  finish(): void {
    for (let step = 0; this.pipeline.pending > 0; step += 1) {
      assert.ok(step < 100_000);
      this.wake(this.pipeline.nextWakeNs());
    }
  }

  /** `index@milliseconds`, in order of leaving. */
  get left(): string {
    return this.sink.caught.map(({ text, timeNs }) => `${text.trim()}@${timeNs / MS}`).join(' ');
  }

  get struck(): Record<string, number> {
    return struckOf(this.pipeline.counters);
  }
}

test('a datagram counts as its bytes, rounded up to 128, and 128 more', () => {
  const sizes = [0, 1, 128, 129, 1200, 2048, 2049, 65_507].map(heldBytes);
  assert.equal(sizes, [256, 256, 256, 384, 1408, 2176, 2304, 65_664]);
});

test('a delay within the limit is kept to the nanosecond', () => {
  const bench = new Bench({ delay: '10ms' }, new HeldDatagrams(3 * SHORT_BYTES));
  for (const index of [1, 2, 3]) bench.take(index, index * MS);
  bench.finish();
  assert.is(bench.left, '1@11 2@12 3@13');
  assert.equal(bench.struck, {});
});

test('what exceeds it sends the first ones early, in order, and says so once', () => {
  const bench = new Bench({ delay: '10ms' }, new HeldDatagrams(3 * SHORT_BYTES));
  for (let index = 1; index <= 6; index += 1) bench.take(index, index * MS);
  bench.finish();
  assert.is(bench.left, '1@4 2@5 3@6 4@14 5@15 6@16');
  assert.equal(bench.struck, { memoryDelay: 3 });
  assert.equal(bench.named, ['memoryDelay']);
  assert.equal(touchedBy(bench.pipeline.counters.struck), { times: true, order: false });
});

test('what is due when room is needed leaves at its time, and no bound has struck', () => {
  const bench = new Bench({ delay: '10ms' }, new HeldDatagrams(SHORT_BYTES));
  const { pipeline } = bench;
  // 2 is handled after the release of 1, and before the wake that would have sent it.
  pipeline.handle(1, oneRow(bytesOf('1'), 0), 0);
  pipeline.handle(2, oneRow(bytesOf('2'), 10 * MS), 0);
  bench.wake(10 * MS);
  bench.finish();
  assert.is(bench.left, '1@10 2@20');
  assert.equal(bench.struck, {});
});

test('one that another should have left before is counted: the order is touched', () => {
  const knobs = { delay: '10ms', jitter: '9ms' };
  const delays = (seed: string): number[] => {
    const schedule = scheduleOf(knobs, seed);
    return [1, 2, 3].map((index) => schedule.delayNs[schedule.at(index)] as number);
  };
  // Scheduled: 3, 1, 2. With room for one, 1 has to leave when 2 comes.
  let seed = 0;
  for (; ; seed += 1) {
    const [first, second, third] = delays(String(seed)) as [number, number, number];
    if (third + 2 * MS < first && first < second + MS) break;
  }
  const bench = new Bench(knobs, new HeldDatagrams(SHORT_BYTES), String(seed));
  for (const index of [1, 2, 3]) bench.take(index, (index - 1) * MS);
  bench.finish();
  assert.equal(bench.sink.texts, ['1', '3', '2']);
  assert.equal(bench.struck, { memoryDelay: 2, overtaken: 1 });
  assert.equal(touchedBy(bench.pipeline.counters.struck), { times: true, order: true });
});

test('one that is read when another has left that was to leave later is counted: the order is touched', () => {
  const knobs = { delay: '10ms', jitter: '9ms' };
  let seed = 0;
  for (; ; seed += 1) {
    const schedule = scheduleOf(knobs, String(seed));
    const [first = 0, second = 0] = [1, 2].map((index) => schedule.delayNs[schedule.at(index)]);
    if (second + 2 * MS < first) break;
  }
  const bench = new Bench(knobs, new HeldDatagrams(), String(seed));
  bench.take(1, 0);
  // All that arrived by then is said to be read; but 2, which arrived at 1 ms, comes to light now.
  bench.wake(19 * MS);
  bench.pipeline.handle(2, oneRow(bytesOf('2'), MS), 0);
  bench.finish();
  assert.equal(bench.sink.texts, ['1', '2']);
  assert.equal(bench.struck, { readLate: 1 });
  assert.equal(touchedBy(bench.pipeline.counters.struck), { times: true, order: true });
});

test('one that was to be held back passes in its place', () => {
  const bench = new Bench({ reorderList: '1:3,2:2,3:1' }, new HeldDatagrams(2 * SHORT_BYTES));
  for (let index = 1; index <= 6; index += 1) bench.take(index, index * MS);
  // 3 finds no room, and so it is the first pass for 1 and 2.
  assert.equal(bench.sink.texts, ['3', '4', '2', '5', '1', '6']);
  assert.equal(bench.struck, { memoryHold: 1 });
  assert.equal(bench.named, ['memoryHold']);
  assert.is(touchedBy(bench.pipeline.counters.struck).order, true);
});

test('the link sends its first early, and its times stay those of the schedule', () => {
  // A byte takes 1 ms. What waits behind it is due at 20, 30 and 40 ms.
  const bench = new Bench({ rate: '8kbit', queue: '9' }, new HeldDatagrams(3 * SHORT_BYTES));
  for (let index = 1; index <= 4; index += 1) bench.take(index, 0, 10);
  bench.finish();
  assert.is(bench.left, '1@0 2@20 3@30 4@40');
  assert.equal(bench.struck, { memoryLink: 1 });
  assert.equal(touchedBy(bench.pipeline.counters.struck), { times: true, order: false });
});

test('all flows share it: what one holds another cannot', () => {
  const held = new HeldDatagrams(2 * SHORT_BYTES);
  const one = new Bench({ delay: '10ms' }, held);
  const other = new Bench({ delay: '5ms' }, held);
  one.take(1, 0);
  one.take(2, 0);
  other.take(1, MS);
  assert.is(other.left, '1@1', 'it has nothing else to let go');
  one.finish();
  other.take(2, 10 * MS);
  other.finish();
  assert.is(one.left, '1@10 2@10');
  assert.is(other.left, '1@1 2@15');
  assert.is(held.usedBytes, 0);
  assert.equal([one.struck, other.struck], [{}, { memoryDelay: 1 }]);
});

/** The rule, word for word: while too much is held, the one with the lowest release, the oldest of equals, leaves. */
function leftByRule(
  arrivals: readonly { readonly timeNs: number; readonly sizeBytes: number; readonly releaseNs: number }[],
  limitBytes: number,
): string[] {
  let held: { index: number; sizeBytes: number; releaseNs: number }[] = [];
  const left: string[] = [];
  const first = (): (typeof held)[number] =>
    held.toSorted((a, b) => a.releaseNs - b.releaseNs || a.index - b.index)[0] as (typeof held)[number];
  const go = (timeNs: number): void => {
    const { index, releaseNs } = first();
    left.push(`${index}@${Math.min(releaseNs, timeNs)}`);
    held = held.filter((one) => one.index !== index);
  };
  for (const [k, { timeNs, sizeBytes, releaseNs }] of arrivals.entries()) {
    while (held.length > 0 && first().releaseNs <= timeNs) go(Infinity);
    held.push({ index: k + 1, sizeBytes, releaseNs });
    while (held.reduce((sum, one) => sum + one.sizeBytes, 0) > limitBytes) go(timeNs);
  }
  while (held.length > 0) go(Infinity);
  return left;
}

test('any sizes, delays and limits: what leaves, and when, is that of the rule', () => {
  let struck = 0;
  fc.assert(
    fc.property(
      fc.array(fc.record({ gapMs: fc.nat(4), lengthBytes: fc.integer({ min: 3, max: 400 }) }), {
        minLength: 1,
        maxLength: 60,
      }),
      fc.integer({ min: 256, max: 6000 }),
      fc.constantFrom<Knobs>(
        { delay: '12ms' },
        { delay: '12ms', jitter: '12ms' },
        { delay: '12ms', jitter: '12ms', keepOrder: true },
      ),
      fc.nat(1000),
      (datagrams, limitBytes, knobs, number) => {
        const bench = new Bench(knobs, new HeldDatagrams(limitBytes), String(number));
        const schedule = scheduleOf(knobs, String(number));
        let timeNs = 0;
        let latestNs = 0;
        const arrivals = datagrams.map(({ gapMs, lengthBytes }, k) => {
          timeNs += gapMs * MS;
          const ownNs = timeNs + (schedule.delayNs[schedule.at(k + 1)] as number);
          latestNs = Math.max(ownNs, latestNs);
          const sizeBytes = Math.ceil(lengthBytes / 128) * 128 + 128;
          return { timeNs, sizeBytes, releaseNs: knobs['keepOrder'] === true ? latestNs : ownNs };
        });
        for (const [k, { timeNs: atNs }] of arrivals.entries()) {
          // What is due goes before an arrival at the same time, as in the rule.
          bench.wake(atNs);
          bench.take(k + 1, atNs, datagrams[k]?.lengthBytes);
        }
        bench.finish();
        const left = bench.sink.caught.map(({ text, timeNs: atNs }) => `${text.trim()}@${atNs}`);
        assert.equal(left, leftByRule(arrivals, limitBytes));
        struck += bench.struck['memoryDelay'] ?? 0;
      },
    ),
    { seed: 71, numRuns: 300 },
  );
  assert.ok(struck > 500, `${struck}`);
});

test('ten seconds of 8000 datagrams a second are held, and leave as scheduled', () => {
  const bench = new Bench({ delay: '10s' }, new HeldDatagrams(256 * 2 ** 20));
  const payload = bytesOf('x'.repeat(1200));
  const { pipeline } = bench;
  for (let index = 1; index <= 90_000; index += 1) {
    const nowNs = index * 125_000;
    pipeline.handle(index, oneRow(payload, nowNs), 0);
    if (index % 100 === 0) bench.wake(nowNs);
  }
  assert.is(pipeline.pending, 80_000);
  bench.finish();
  assert.is(bench.sink.caught.length, 90_000);
  assert.ok(bench.sink.caught.every(({ timeNs }, k) => timeNs === (k + 1) * 125_000 + 10e9));
  assert.equal(bench.struck, {});
});

test('each bound is named with its count, and what they touched', () => {
  const table: [Partial<StruckBounds>, string | null][] = [
    [{}, null],
    [
      { memoryDelay: 14_464 },
      '--delay-memory was full: 14464 datagrams left before the delay was over; the order is the scheduled one, the times are not',
    ],
    [
      { missing: 1 },
      '--hold-max was over for a missing datagram 1 time; the order is the scheduled one, the times are not',
    ],
    [
      { missing: 2, overtaken: 1 },
      '--hold-max was over for a missing datagram 2 times; the order is not the scheduled one',
    ],
    [
      { memoryHold: 1, quiet: 3, end: 2 },
      '--delay-memory was full: 1 datagram not held back; ' +
        '--hold-max passed without a datagram: 3 held ones left, and the stream went on; ' +
        'the stream went on after its end: 2 held ones had left; the order is not the scheduled one',
    ],
  ];
  for (const [struck, text] of table) assert.is(describeStruck({ ...noneStruck(), ...struck }), text);
  assert.is(
    describeStruck({ ...noneStruck(), readLate: 1 }),
    '1 datagram was read when one that was to leave later had left; the order is not the scheduled one',
  );
  const total = { ...noneStruck(), missing: 1 };
  addStruck(total, { ...noneStruck(), missing: 2, overtaken: 5 });
  assert.equal(total, { ...noneStruck(), missing: 3, overtaken: 5 });
});

test.run();
