/** Columns of a flow: what was scheduled and when it arrived, datagram by datagram. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { causeCode } from '../../../harness/impairment/causes.ts';
import { flowColumns } from '../../../harness/judge/flowColumns.ts';
import type { FateColumns } from '../../../harness/expected/expectedStream.ts';
import type { KeptArrivals } from '../../../harness/session/keptArrivals.ts';
import { ArrivalKeeper, keptEach } from '../../../harness/session/keptArrivals.ts';
import { randomStream } from '../../../src/base/random.ts';

const test = suite('columns of a flow');

const WHO = { flow: 1, direction: 'down', client: 1 };
const MS = 1e6;

/** Fates by count, from 1. */
const fates = (
  drop: readonly number[],
  hold: readonly number[] = [],
  copies: readonly number[] = [],
): FateColumns => ({
  at: (index) => index - 1,
  dropCause: drop,
  hold: drop.map((_, k) => hold[k] ?? 0),
  copies: drop.map((_, k) => copies[k] ?? 0),
  corrupt: drop.map(() => -1),
  delayNs: drop.map(() => 0),
});

const stream = (firstCount: number, lastCount: number) => ({
  firstCount,
  lastCount,
  sizeBytes: (count: number) => 100 * count,
  sendNs: (count: number) => (count - 1) * 10 * MS,
});

const arrivals = (...pairs: readonly (readonly [count: number, atMs: number])[]): KeptArrivals => ({
  counts: Uint32Array.from(pairs, ([count]) => count),
  timesNs: Float64Array.from(pairs, ([, atMs]) => atMs * MS),
});

test('ten datagrams, worked by hand', () => {
  const independent = causeCode('independent');
  const columns = flowColumns(
    WHO,
    {
      stream: stream(1, 6),
      schedule: fates([0, independent, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0]),
      line: { keepOrder: true },
    },
    // The stream starts at 100 ms; 3 comes twice, 1 after 4, 6 never.
    arrivals([3, 121], [3, 122], [4, 131], [1, 132], [5, 141]),
    100 * MS,
    null,
  );
  assert.equal([...columns.causes], [0, independent, 0, 0, 0, 0]);
  assert.equal([...columns.holds], [2, 0, 0, 0, 0, 0]);
  assert.equal([...columns.copies], [0, 0, 1, 0, 0, 0]);
  assert.equal([...columns.arrived], [1, 0, 2, 1, 1, 0]);
  // 1 is the third unique arrival; the first greater one, 3, was the first.
  assert.equal([...columns.extents], [2, 0, 0, 0, 0, 0]);
  assert.equal(
    [...columns.delayNs].map((ns) => ns / MS),
    [32, Infinity, 1, 1, 1, Infinity],
  );
  assert.equal([[...columns.again.rows], [...columns.again.delayNs]], [[2], [2 * MS]]);
});

test('a client that came later has the rest of the stream, and what is none of it is left out', () => {
  const columns = flowColumns(
    WHO,
    { stream: stream(3, 4), schedule: fates([0, 0, 0, 0]), line: { keepOrder: true } },
    arrivals([1, 5], [4, 31], [9, 50]),
    0,
    null,
  );
  assert.equal([columns.firstCount, [...columns.arrived]], [3, [0, 1]]);
});

test('what is too large is lost to its size, but for an outage and for what is spared', () => {
  const [outage, list, mtu] = [causeCode('outage'), causeCode('list'), causeCode('mtu')];
  const columns = flowColumns(
    WHO,
    {
      stream: stream(1, 4),
      schedule: fates([list, 0, outage, list]),
      line: { keepOrder: true, mtuBytes: 150, spare: 1 },
    },
    arrivals(),
    0,
    null,
  );
  assert.equal([...columns.causes], [0, mtu, outage, mtu]);
});

test('what passes and does not leave the link was dropped by its queue', () => {
  const [queue, list] = [causeCode('queue'), causeCode('list')];
  const columns = flowColumns(
    WHO,
    { stream: stream(1, 4), schedule: fates([0, list, 0, 0]), line: { keepOrder: true } },
    arrivals(),
    0,
    Uint32Array.of(1, 4),
  );
  assert.equal([...columns.causes], [0, list, queue, 0]);
});

test('extents are those of the definition, whatever arrives', () => {
  const { draw } = randomStream('extents');
  for (let round = 0; round < 200; round += 1) {
    const size = 1 + Math.floor(draw() * 12);
    const order = Array.from({ length: size }, (_, k) => k + 1).filter(() => draw() < 0.8);
    for (let k = order.length - 1; k > 0; k -= 1) {
      const other = Math.floor(draw() * (k + 1));
      [order[k], order[other]] = [order[other] as number, order[k] as number];
    }
    const columns = flowColumns(
      WHO,
      {
        stream: stream(1, size),
        schedule: fates(Array.from({ length: size }, () => 0)),
        line: { keepOrder: false },
      },
      arrivals(...order.map((count, k) => [count, k] as const)),
      0,
      null,
    );
    // RFC 4737, 4.2: the distance to the earliest arrival with a greater number.
    for (const [i, count] of order.entries()) {
      const j = order.findIndex((other) => other > count);
      assert.is(columns.extents[count - 1], j >= 0 && j < i ? i - j : 0);
    }
  }
});

test('a keeper keeps what it may, and nothing of more', () => {
  const keep = (limit: number) => {
    const keeper = new ArrivalKeeper(limit);
    for (let k = 1; k <= 3000; k += 1) keeper.add(k, k / 2);
    return keeper.kept();
  };
  const kept = keep(3000);
  assert.ok(kept !== 'too many');
  assert.equal([kept.counts.length, kept.counts[2999], kept.timesNs[2999]], [3000, 3000, 1500]);
  assert.is(keep(2999), 'too many');
  assert.equal([keptEach(1), keptEach(1000)], [4_000_000, 4000]);
});

test.run();
