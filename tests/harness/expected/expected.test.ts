import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { expectedDelivery } from '../../../harness/expected/expectedArrivals.ts';
import { expectedMetrics } from '../../../harness/expected/expected.ts';
import { evenStream, fateTable, PLAIN_LINE } from './fateTable.ts';
import type { Fate } from './fateTable.ts';
import type { Arrivals } from '../../../harness/expected/expectedStream.ts';

/** Arrivals a millisecond apart, from 0 on. A negative count is one that arrives corrupted. */
const arrivalsOf = (counts: readonly number[]): Arrivals => ({
  counts: Uint32Array.from(counts, Math.abs),
  corrupted: Uint8Array.from(counts, (count) => (count < 0 ? 1 : 0)),
  timesNs: Float64Array.from(counts, (_, row) => row * 1e6),
});

type Figures = Record<string, number | null>;

const figuresOf = (lastCount: number, arrivals: Arrivals, timed = false): Figures =>
  Object.fromEntries(
    Object.entries(expectedMetrics(evenStream(lastCount), arrivals, timed).metrics).map(([name, metric]) => [
      name,
      metric.value,
    ]),
  );

const expect = (lastCount: number, counts: readonly number[]): Figures =>
  figuresOf(lastCount, arrivalsOf(counts));

/** Checks the figures named, whatever the others are. */
const check = (figures: Figures, wanted: Figures): void => {
  for (const [name, value] of Object.entries(wanted)) assert.is(figures[name], value, name);
};

const test = suite('the expected metrics');

test('after 1, 3, 3, 4 of 4: one lost, one duplicate, none reordered', () => {
  check(expect(4, [1, 3, 3, 4]), {
    sent: 4,
    received: 4,
    unique: 3,
    lost: 1,
    loss_ratio: 0.25,
    duplicates: 1,
    replicated: 1,
    reordered: 0,
    reordered_ratio: 0,
    reorder_extent_max: 0,
    reorder_extent_mean: null,
    loss_periods: 1,
    loss_period_max: 1,
    loss_period_mean: 1,
    loss_distance_mean: null, // a distance takes two losses
    bursts: 0,
    burst_density_ratio: null,
    burst_length_mean: null,
    gap_density_ratio: 0.25, // the lone loss among the gap's 4
    gap_length_mean: 4,
    corrupted: 0,
    malformed: 0,
  });
});

test('two further copies are two duplicates of one replicated datagram', () => {
  check(expect(2, [1, 1, 2, 1]), { received: 4, unique: 2, duplicates: 2, replicated: 1, reordered: 0 });
});

test('a corrupted arrival is lost, unless a good copy comes', () => {
  check(expect(3, [1, -2, 3]), { received: 2, lost: 1, corrupted: 1 });
  check(expect(3, [1, -2, 2, 3]), { received: 3, lost: 0, corrupted: 1, duplicates: 0 });
});

test('what never comes after the last arrival is lost too', () => {
  check(expect(5, [1, 2]), { lost: 3, loss_periods: 1, loss_period_max: 3 });
});

test('reordering is counted among first arrivals', () => {
  // Arrivals 2, 3, 3, 1, 5, 4; first arrivals 2, 3, 1, 5, 4 at positions 0 to 4.
  // 1: earliest greater is 2 at position 0, extent 2, both before it greater: 2-reordered.
  // 4: earliest greater is 5 at position 3, extent 1; before 5 stands 1, which is less: 1-reordered only.
  check(expect(5, [2, 3, 3, 1, 5, 4]), {
    reordered: 2,
    reordered_ratio: 0.4,
    reorder_extent_max: 2,
    reorder_extent_mean: 1.5,
    n_reordering_1: 2,
    n_reordering_2: 1,
    n_reordering_3: 0,
  });
});

test('the extent reaches back to the earliest greater arrival, not the nearest', () => {
  // 1 comes behind 4, 2, 3: extent 3, and all three before it are greater. 2: extent 1. 3: extent 2, but 2 stands before it.
  check(expect(4, [4, 2, 3, 1]), {
    reordered: 3,
    reorder_extent_max: 3,
    reorder_extent_mean: 2,
    n_reordering_1: 2,
    n_reordering_2: 1,
    n_reordering_3: 1,
  });
});

test('loss periods and distances are of counts', () => {
  // Of 1 to 10, lost: 2, 3, 6, 10. Periods 2-3, 6, 10; distances 1, 3, 4.
  check(expect(10, [1, 4, 5, 7, 8, 9]), {
    loss_periods: 3,
    loss_period_max: 2,
    loss_period_mean: 4 / 3,
    loss_distance_mean: 8 / 3,
  });
});

test("RFC 3611's example is one burst of 12 with density 0.33", () => {
  // 1 received, 0 lost or discarded; 64 datagrams (RFC 3611, section 4.7.2).
  const received = '1111011111111111111111101110101111011111111111111111101111111111';
  assert.is(received.length, 64);
  const counts = [...received].flatMap((mark, k) => (mark === '1' ? [k + 1] : []));
  check(expect(64, counts), {
    lost: 6,
    bursts: 1,
    burst_length_mean: 12,
    burst_density_ratio: 4 / 12,
    gap_density_ratio: 2 / 52,
    gap_length_mean: 26, // two gaps, 52 datagrams
  });
});

test('16 received in a row end a burst, 15 do not', () => {
  const without = (last: number, ...lost: number[]): number[] =>
    Array.from({ length: last }, (_, k) => k + 1).filter((count) => !lost.includes(count));
  check(expect(40, without(40, 5, 21)), { bursts: 1, burst_length_mean: 17 }); // 15 between
  check(expect(40, without(40, 5, 22)), { bursts: 0 }); // 16 between
});

test('a burst at the very start and end leaves no empty gaps', () => {
  check(expect(4, [2, 3]), {
    bursts: 1,
    burst_length_mean: 4,
    gap_length_mean: null,
    gap_density_ratio: null,
  });
});

test('reorder density is of receive indices that skip what was lost', () => {
  // Arrived 1 4 3 5 3 8 7 6 of 8; receive indices of the first arrivals 1 3 4 5 6 7 8.
  // Displacements: 0, 3-4, 4-3, 0, 6-8, 0, 8-6.
  const { reorderDensity } = expectedMetrics(evenStream(8), arrivalsOf([1, 4, 3, 5, 3, 8, 7, 6]), false);
  assert.equal(reorderDensity, [
    [-2, 1],
    [-1, 1],
    [0, 3],
    [1, 1],
    [2, 1],
  ]);
});

test('a stream that never arrives has losses and no means', () => {
  check(expect(3, []), { lost: 3, loss_ratio: 1, reordered_ratio: null, gap_density_ratio: null, bursts: 1 });
  check(expect(0, []), { sent: 0, lost: 0, loss_ratio: null, gap_length_mean: null });
});

test('without arrival times nothing is said of time', () => {
  const { metrics } = expectedMetrics(evenStream(2), arrivalsOf([2, 1]), false);
  for (const name of ['jitter_us', 'delay_p50_us', 'throughput_pps', 'reorder_late_offset_max_us'] as const) {
    assert.is(metrics[name], undefined);
  }
});

test('what has no value is known to have none without arrival times, too', () => {
  const none = { value: null, low: null, high: null };
  const names = [
    'reorder_late_offset_max_us',
    'jitter_us',
    'delay_p50_us',
    'pdv_max_us',
    'throughput_bps',
  ] as const;
  const known = (arrived: readonly number[]) => {
    const { metrics } = expectedMetrics(evenStream(3), arrivalsOf(arrived), false);
    return names.map((name) => metrics[name]);
  };
  assert.equal(known([1, 2, 3]), [none, undefined, undefined, undefined, undefined]); // nothing is late
  assert.equal(known([1]), [none, none, undefined, undefined, none]); // one arrival has a delay, and no rate
  assert.equal(known([1, 1]), [none, none, undefined, undefined, undefined]); // two copies of it have a rate
  assert.equal(known([]), [none, none, none, none, none]);
});

test('times give jitter, delays and throughput', () => {
  // Sent at 0, 1, 2, 3 ms; arrived 1 at 10 ms, 3 at 12.16 ms, 2 at 12.5 ms, 4 at 13 ms.
  const figures = figuresOf(
    4,
    {
      counts: Uint32Array.of(1, 3, 2, 4),
      corrupted: new Uint8Array(4),
      timesNs: Float64Array.of(10e6, 12.16e6, 12.5e6, 13e6),
    },
    true,
  );
  // Transits 10, 10.16, 11.5, 10 ms. |D| = 160, 1340, 1500 us.
  // J = 160/16 = 10; 10 + 1330/16 = 93.125; 93.125 + 1406.875/16 = 181.0546875.
  assert.ok(Math.abs((figures['jitter_us'] as number) - 181.0546875) < 1e-9);
  assert.ok(Math.abs((figures['jitter_max_us'] as number) - 181.0546875) < 1e-9);
  assert.ok(Math.abs((figures['jitter_mean_us'] as number) - 284.1796875 / 3) < 1e-9);
  check(figures, {
    // By count: 10, 11.5, 10.16, 10 ms, so 1500, -1340 and -160 us.
    ipdv_pairs: 3,
    ipdv_min_us: -1340,
    ipdv_p50_us: -160,
    ipdv_max_us: 1500,
    delay_p50_us: 10_000, // nearest rank: second of 10, 10, 10.16, 11.5 ms
    delay_p95_us: 11_500,
    delay_max_us: 11_500,
    pdv_p50_us: 0,
    pdv_max_us: 1500,
    reorder_late_offset_max_us: 340, // 2 behind 3
    throughput_pps: 1000, // three after the first, in 3 ms
    throughput_bps: 800_000, // 300 bytes in 3 ms
  });
});

test('jitter of all that is received takes every intact copy in order, and the other first arrivals only', () => {
  // Sent at 0, 1, 2 ms; arrived 1 at 10 ms, again at 10.016 ms, 2 corrupted at 10.5 ms, 2 at 11 ms, 3 at 12.032 ms.
  const figures = figuresOf(
    3,
    {
      counts: Uint32Array.of(1, 1, 2, 2, 3),
      corrupted: Uint8Array.of(0, 0, 1, 0, 0),
      timesNs: Float64Array.of(10e6, 10.016e6, 10.5e6, 11e6, 12.032e6),
    },
    true,
  );
  // First arrivals have transits 10, 10, 10.032 ms: J 0, 2. All have 10, 10.016, 10, 10.032: J 1, 1.9375, 3.81640625.
  check(figures, {
    jitter_us: 2,
    jitter_mean_us: 1,
    jitter_max_us: 2,
    jitter_received_us: 1.9375 + (32 - 1.9375) / 16,
    jitter_received_max_us: 1.9375 + (32 - 1.9375) / 16,
  });
  const mean = (1 + 1.9375 + 1.9375 + (32 - 1.9375) / 16) / 3;
  assert.ok(Math.abs((figures['jitter_received_mean_us'] as number) - mean) < 1e-12);
});

test('a quantile comes with the range of a histogram of three digits', () => {
  const arrivals = { ...arrivalsOf([1, 2]), timesNs: Float64Array.of(2e6, 9e6) };
  const { metrics } = expectedMetrics(evenStream(2), arrivals, true);
  // Delays 2000 and 8000 us; 0.1 % and 1 us either way. PDV errs as its delay does.
  assert.equal(metrics.delay_p50_us, { value: 2000, low: 1997, high: 2003 });
  assert.equal(metrics.pdv_max_us, { value: 6000, low: 5991, high: 6009 });
  assert.equal(metrics.pdv_p50_us, { value: 0, low: 0, high: 3 });
});

/** Every count metric from its sentence, without regard to cost. */
function bruteForce(lastCount: number, arrivals: readonly number[]): Figures {
  const good = arrivals.filter((count) => count > 0);
  const unique = good.filter((count, row) => good.indexOf(count) === row);
  const all = Array.from({ length: lastCount }, (_, k) => k + 1);
  const lost = all.filter((count) => !good.includes(count));
  const mean = (values: readonly number[]): number | null =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  const extents = unique.flatMap((count, i) => {
    const j = unique.findIndex((other, place) => place < i && other > count);
    return j === -1 ? [] : [i - j];
  });
  const nReordered = (n: number): number =>
    unique.filter((count, i) => i >= n && unique.slice(i - n, i).every((other) => other > count)).length;

  const isLost = (count: number): boolean => lost.includes(count);
  const periods = lost
    .filter((count) => !isLost(count - 1))
    .map((count) => {
      let length = 0;
      while (isLost(count + length)) length += 1;
      return length;
    });
  // In a burst: every count that has a loss at or before it and one at or after it, two different ones, less than
  // 17 apart in steps.
  const burstOf = (count: number): boolean =>
    lost.some((from) => lost.some((to) => from < to && to - from <= 16 && from <= count && count <= to));
  const runs = (inside: (count: number) => boolean): number[] =>
    all
      .filter((count) => inside(count) && (count === 1 || !inside(count - 1)))
      .map((count) => {
        let length = 0;
        while (count + length <= lastCount && inside(count + length)) length += 1;
        return length;
      });
  const burstCounts = all.filter(burstOf);
  const gapCounts = all.filter((count) => !burstOf(count));
  return {
    sent: lastCount,
    received: good.length,
    unique: unique.length,
    lost: lost.length,
    loss_ratio: share(lost.length, lastCount),
    duplicates: good.length - unique.length,
    replicated: unique.filter((count) => good.filter((other) => other === count).length > 1).length,
    reordered: extents.length,
    reordered_ratio: share(extents.length, unique.length),
    reorder_extent_max: Math.max(0, ...extents),
    reorder_extent_mean: mean(extents),
    n_reordering_1: nReordered(1),
    n_reordering_2: nReordered(2),
    n_reordering_3: nReordered(3),
    loss_periods: periods.length,
    loss_period_max: Math.max(0, ...periods),
    loss_period_mean: mean(periods),
    loss_distance_mean: mean(lost.slice(1).map((count, k) => count - (lost[k] as number))),
    burst_density_ratio: share(burstCounts.filter(isLost).length, burstCounts.length),
    gap_density_ratio: share(gapCounts.filter(isLost).length, gapCounts.length),
    ipdv_pairs: all.filter((count) => good.includes(count) && good.includes(count - 1)).length,
    corrupted: arrivals.length - good.length,
    malformed: 0,
    gap_length_mean: mean(runs((count) => !burstOf(count))),
    // Bursts are never neighbours: 16 received stand between two of them.
    bursts: runs(burstOf).length,
    burst_length_mean: mean(runs(burstOf)),
    ...Object.fromEntries(timesOfNothing(extents.length, unique, good.length).map((name) => [name, null])),
  };
}

/** The metrics in time that so few arrivals give no value to, whenever they came. */
function timesOfNothing(reordered: number, unique: readonly number[], received: number): string[] {
  const shares = ['p50', 'p95', 'p99', 'p999', 'max'];
  const delays = ['delay', 'pdv'].flatMap((kind) => shares.map((share) => `${kind}_${share}_us`));
  const jitters = ['us', 'mean_us', 'max_us'];
  return [
    ...(reordered < 1 ? ['reorder_late_offset_max_us'] : []),
    ...(unique.length < 1 ? delays : []),
    ...(unique.length < 2 ? jitters.map((name) => `jitter_${name}`) : []),
    ...(received < 2 ? jitters.map((name) => `jitter_received_${name}`) : []),
    ...(unique.some((count) => unique.includes(count - 1))
      ? []
      : ['min', ...shares].map((share) => `ipdv_${share}_us`)),
    ...(received < 2 ? ['throughput_pps', 'throughput_bps'] : []),
  ];
}

const sameFigures = (a: Figures, b: Figures): void => {
  assert.equal(Object.keys(a).toSorted(), Object.keys(b).toSorted());
  for (const [name, value] of Object.entries(b)) {
    const other = a[name] as number | null;
    if (value === null || other === null) assert.is(other, value, name);
    else assert.ok(Math.abs(other - value) <= 1e-9 * Math.abs(value), `${name}: ${other}, not ${value}`);
  }
};

test('any arrivals give what the definitions say', () => {
  const arrivals = fc.array(
    fc.integer({ min: 1, max: 60 }).chain((count) => fc.constantFrom(count, count, count, -count)),
    { maxLength: 80 },
  );
  fc.assert(
    fc.property(arrivals, (counts) => sameFigures(expect(60, counts), bruteForce(60, counts))),
    { seed: 41, numRuns: 400 },
  );
});

const someFates = fc.array(
  fc.record({
    drop: fc.constantFrom(0, 0, 0, 0, 1),
    copies: fc.constantFrom(0, 0, 0, 1, 2),
    hold: fc.constantFrom(0, 0, 0, 0, 1, 3, 7),
    corrupt: fc.constantFrom(false, false, false, false, true),
  }),
  { maxLength: 120 },
);

test('any schedule gives what the definitions say of its arrivals', () => {
  fc.assert(
    fc.property(someFates, (fates) => {
      const { arrivals } = expectedDelivery(evenStream(fates.length), fateTable(fates), PLAIN_LINE);
      const counts = Array.from(arrivals.counts, (count, row) =>
        arrivals.corrupted[row] === 1 ? -count : count,
      );
      sameFigures(figuresOf(fates.length, arrivals), bruteForce(fates.length, counts));
    }),
    { seed: 42, numRuns: 200 },
  );
});

test('what is held is what is reordered, but for those that no pass followed', () => {
  fc.assert(
    fc.property(someFates, (mixed) => {
      const fates: Fate[] = mixed.map(({ drop, copies, hold }) => ({ drop, copies, hold }));
      const { arrivals } = expectedDelivery(evenStream(fates.length), fateTable(fates), PLAIN_LINE);
      const passes = (fate: Fate): boolean => fate.drop === 0 && fate.hold === 0;
      const overtaken = fates.filter(
        (fate, k) => fate.drop === 0 && (fate.hold ?? 0) > 0 && fates.slice(k + 1).some(passes),
      );
      assert.is(figuresOf(fates.length, arrivals)['reordered'], overtaken.length);
    }),
    { seed: 43, numRuns: 200 },
  );
});

test.run();
