/** Numbers that wrap and begin anew: by hand, then against the definitions applied to whole lists. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../src/base/random.ts';
import type { MetricName, Statistics } from '../../src/metrics/catalogue.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
import type { StreamMetricsOptions } from '../../src/metrics/streamMetrics.ts';
import { refusal } from '../refusals.ts';
import { oracle } from './oracle.ts';
import type { ArrivedDatagram } from './oracle.ts';
import { generateStream } from './sequences.ts';

const test = suite('numbers that wrap and begin anew');

/** Values a millisecond apart, sent a millisecond apart. */
function measured(
  values: readonly number[],
  options: Partial<StreamMetricsOptions> = {},
  lastCount: number | null = null,
): StreamMetrics {
  const metrics = new StreamMetrics({ firstCount: null, unwrap: 16, ...options });
  for (const [k, value] of values.entries()) metrics.handleArrival(value, k * 1e6, k * 1e6, 100);
  metrics.finish(lastCount);
  return metrics;
}

const pick = (statistics: Statistics, ...names: MetricName[]) => names.map((name) => statistics[name]);

test('a wrap is no loss and no restart', () => {
  for (const [unwrap, top] of [
    [16, 65_535],
    [24, 2 ** 24 - 1],
    [32, 2 ** 32 - 1],
  ] as const) {
    const metrics = measured([top - 1, 1, top, 0, 0, 3], { unwrap });
    // Sent top−1, top, 0, 1, 2, 3: 2 is lost, 0 came twice, top and 0 came late.
    assert.equal(
      pick(metrics.statistics(), 'received', 'lost', 'duplicates', 'reordered', 'restarts', 'unindexed'),
      [6, 1, 1, 2, 0, 0],
    );
    assert.equal(metrics.parts(), [metrics.statistics()]);
  }
});

test('losses before the first arrival and after the last one show, too, where they are announced', () => {
  const { sent, lost } = measured([0, 1], { firstCount: 65_535 }, 65_535 + 4).statistics();
  assert.equal({ sent, lost }, { sent: 5, lost: 3 });
});

test('a number far away is counted by itself; two in sequence are a restart, of which the second is the first', () => {
  const lone = measured([1, 2, 40_000, 3]);
  assert.equal(pick(lone.statistics(), 'received', 'lost', 'unindexed', 'restarts'), [3, 0, 1, 0]);
  const metrics = measured([1, 2, 4, 40_000, 40_001, 40_003, 40_003, 40_000]);
  assert.equal(
    pick(
      metrics.statistics(),
      'received',
      'unique',
      'lost',
      'duplicates',
      'before_first',
      'unindexed',
      'restarts',
    ),
    [7, 5, 2, 1, 1, 1, 1],
  );
  assert.equal(
    metrics
      .parts()
      .map((part) => pick(part, 'received', 'unique', 'lost', 'duplicates', 'before_first', 'restarts')),
    [
      [3, 3, 1, 0, 0, 0],
      [4, 2, 1, 1, 1, 0],
    ],
  );
});

test('what comes late from before a restart is not counted as a loss of what came after', () => {
  const { received, lost, unindexed } = measured([1, 2, 4, 40_000, 40_001, 3, 40_002]).statistics();
  assert.equal({ received, lost, unindexed }, { received: 5, lost: 1, unindexed: 2 });
});

test('the end that is announced is that of the last part', () => {
  const metrics = measured([5, 6, 40_000, 40_001, 40_002], {}, 40_004);
  assert.equal(
    metrics.parts().map((part) => pick(part, 'sent', 'lost')),
    [
      [null, 0],
      [4, 2],
    ],
  );
  // Where the first part ended nobody knows.
  assert.equal(pick(metrics.statistics(), 'sent', 'lost', 'loss_ratio'), [null, 2, 2 / 6]);
});

test('no jitter and no variation goes across a restart', () => {
  const metrics = new StreamMetrics({ firstCount: null, unwrap: 16 });
  const arrivals = [
    [1, 0],
    [2, 16],
    [40_000, 5000],
    [40_001, 5000],
    [40_002, 5032],
  ] as const;
  for (const [value, delayUs] of arrivals) metrics.handleArrival(value, delayUs * 1e3, 0, 100);
  metrics.finish(null);
  // J: 16/16 = 1; then 1 + (32 − 1)/16 = 2.9375. In the second part alone 32/16 = 2.
  const names = ['jitter_us', 'jitter_received_us', 'jitter_max_us', 'ipdv_pairs', 'ipdv_max_us'] as const;
  assert.equal(pick(metrics.statistics(), ...names), [2.9375, 2.9375, 2.9375, 2, 32]);
  assert.equal(
    metrics.parts().map((part) => pick(part, ...names)),
    [
      [1, 1, 1, 1, 16],
      [2, 2, 2, 1, 32],
    ],
  );
});

test('a sequence may begin anew 63 times; further ones are counted as they are', () => {
  const values = Array.from({ length: 70 }, (_, k) =>
    [0, 1, 2].map((value) => value + (k % 2) * 30_000),
  ).flat();
  const metrics = measured(values);
  // The first part has its three; of 63 others the first datagram has no count. Then 0 to 2 have none, three times, and
  // 30,000 to 30,002 are those of the last part again.
  assert.equal(pick(metrics.statistics(), 'restarts', 'received', 'unindexed', 'duplicates'), [
    63,
    3 + 63 * 2 + 3 * 3,
    63 + 3 * 3,
    3 * 2,
  ]);
  assert.is(metrics.parts().length, 64);
});

test('what cannot be unwrapped is refused', () => {
  for (const unwrap of [8, 64, '16', null])
    assert.throws(
      () => new StreamMetrics({ firstCount: null, unwrap: unwrap as 16 }),
      refusal('value-range', null),
    );
  assert.throws(() => new StreamMetrics({ firstCount: 65_536, unwrap: 16 }), refusal('value-range', null));
  assert.throws(() => new StreamMetrics({ firstCount: -1, unwrap: 16 }), refusal('value-range', null));
  assert.throws(() => measured([65_536]), refusal('value-range', null));
  assert.throws(() => measured([-1], { unwrap: 32 }), refusal('value-range', null));
});

test('where counts do not wrap there is neither', () => {
  const metrics = new StreamMetrics({ firstCount: 1 });
  assert.equal(pick(metrics.statistics(), 'restarts', 'unindexed'), [null, null]);
  assert.equal(metrics.parts(), [metrics.statistics()]);
});

test.run();

const property = suite('numbers that begin anew, against the definitions');

/** Parts of generated streams, one behind the other, each from a value of its own. */
function generateValues(key: string, bits: number): ArrivedDatagram[] {
  const { draw } = randomStream(key);
  const size = 2 ** bits;
  // Far from the part before, but for the first: that one wraps at once, or begins anywhere.
  const far = Math.min(65_536, size / 4) + 1000;
  let startNs = 0;
  let base = draw() < 0.5 ? size - 40 : Math.floor(draw() * size);
  return Array.from({ length: 1 + Math.floor(draw() * 4) }, (_, k) => {
    const { arrivals } = generateStream(`${key}/${k}`, 80);
    const lowest = Math.min(...arrivals.map(({ count }) => count));
    const part = arrivals.map((arrival) => ({
      ...arrival,
      count: (base + arrival.count - lowest) % size,
      arrivalNs: startNs + arrival.arrivalNs,
    }));
    startNs = part.at(-1)?.arrivalNs ?? startNs;
    base = (base + far + Math.floor(draw() * (size / 2 - 2 * far + 2000))) % size;
    return part;
  }).flat();
}

interface Split {
  /** Counts are extended ones: a part's first has its value. */
  readonly parts: ArrivedDatagram[][];
  readonly unindexed: number;
}

/** RFC 3550, A.1, with a quarter of the field to both sides, on whole numbers of which any may be the next. */
function splitUp(values: readonly ArrivedDatagram[], bits: number): Split {
  const field = 2 ** bits;
  const parts: ArrivedDatagram[][] = [];
  let unindexed = 0;
  let highest = 0;
  let awaited: number | null = null;
  for (const arrival of values) {
    const { count: value } = arrival;
    const round = Math.floor(highest / field) * field;
    const near = [round - field, round, round + field]
      .map((start) => start + value)
      .find((count) => Math.abs(count - highest) <= Math.min(65_536, field / 4));
    if (parts.length === 0 || (near === undefined && value === awaited)) {
      parts.push([arrival]);
      highest = value;
      awaited = null;
    } else if (near === undefined) {
      unindexed += 1;
      awaited = (value + 1) % field;
    } else {
      parts.at(-1)?.push({ ...arrival, count: near });
      highest = Math.max(highest, near);
      awaited = null;
    }
  }
  return { parts, unindexed };
}

/** All parts on one line, each behind the highest of the one before. */
function onOneLine(parts: readonly ArrivedDatagram[][]): ArrivedDatagram[] {
  let offset = 0;
  return parts.flatMap((part, k) => {
    const first = (part[0] as ArrivedDatagram).count;
    const add = k === 0 ? 0 : offset + 1 - first;
    const highest = Math.max(...part.map(({ count }) => count));
    offset = highest + add;
    return part.map((arrival) => ({
      ...arrival,
      count: k > 0 && arrival.count < first ? Number.NEGATIVE_INFINITY : arrival.count + add,
    }));
  });
}

const isSame = (a: number | null, b: number | null): boolean =>
  a === b || (a !== null && b !== null && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a)));

/** Statistics that differ, but for those that are named. */
const differing = (one: Statistics, other: Statistics, but: RegExp): string[] =>
  (Object.keys(one) as MetricName[])
    .filter((name) => !but.test(name) && !isSame(one[name], other[name]))
    .map((name) => `${name}: ${one[name]}, not ${other[name]}`);

property('each part, and all of them on one line, have the figures of the oracle', () => {
  let restarted = 0;
  for (let k = 0; k < 100; k += 1) {
    for (const bits of [16, 24, 32] as const) {
      const key = `restarts/${bits}/${k}`;
      const values = generateValues(key, bits);
      const { parts, unindexed } = splitUp(values, bits);
      if (values.length === 0) continue;
      restarted += parts.length - 1;
      const metrics = new StreamMetrics({ firstCount: null, unwrap: bits, windowCounts: 64 });
      for (const a of values) metrics.handleArrival(a.count, a.arrivalNs, a.sendNs, a.sizeBytes);
      metrics.finish(null);
      const judge = (arrivals: ArrivedDatagram[]): Statistics =>
        oracle({ firstCount: null, windowCounts: 64, lastCount: null, arrivals }).statistics;
      const found = metrics.parts();
      assert.is(found.length, parts.length, key);
      for (const [at, part] of parts.entries())
        assert.equal(
          differing(found[at] as Statistics, judge(part), /^(unindexed|restarts)$/),
          [],
          `${key}, part ${at + 1}`,
        );
      const all = metrics.statistics();
      // The oracle knows of no restart, so it has jitter and variation across it.
      assert.equal(
        differing(all, judge(onOneLine(parts)), /^(unindexed|restarts|jitter_.*|ipdv_.*)$/),
        [],
        key,
      );
      assert.equal([all.restarts, all.unindexed], [parts.length - 1, unindexed], key);
      const sum = (name: MetricName): number => found.reduce((total, part) => total + (part[name] ?? 0), 0);
      assert.equal([all.ipdv_pairs, all.unindexed], [sum('ipdv_pairs'), sum('unindexed')], key);
      const most = Math.max(...found.map((part) => part.ipdv_max_us ?? Number.NEGATIVE_INFINITY));
      assert.ok(isSame(all.ipdv_max_us ?? Number.NEGATIVE_INFINITY, most), key);
    }
  }
  assert.ok(restarted > 130, `${restarted} restarts`);
});

property.run();
