import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { configuredMetrics } from '../../../harness/judge/configured.ts';
import type { ConfiguredMetric } from '../../../harness/judge/configured.ts';
import type { MetricName } from '../../../src/metrics/catalogue.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';

const test = suite('what the knobs say before a schedule is drawn');

test('nothing configured is nothing lost, copied or reordered', () => {
  const nothing = configuredMetrics(readKnobs({}), 100, 100);
  for (const name of ['lost', 'loss_ratio', 'duplicates', 'reordered'] as const) {
    assert.equal(nothing[name], { value: 0, low: 0, high: 0 }, name);
  }
});

test('an exact quota leaves no room', () => {
  const { lost, loss_ratio } = configuredMetrics(readKnobs({ dropExact: '5%/100' }), 200, 190);
  assert.equal(lost, { value: 10, low: 10, high: 10 });
  assert.equal(loss_ratio, { value: 0.05, low: 0.05, high: 0.05 });
});

test('what no knob knows is left out', () => {
  for (const knobs of [
    { dropList: '1-3' },
    { outage: '1s..2s' },
    { rate: '1mbit' },
    { drop: '1%', reorder: '1%', delay: '9ms', jitter: '3ms' },
  ]) {
    const { lost, reordered } = configuredMetrics(readKnobs(knobs), 100, 90);
    assert.ok(lost === undefined || reordered === undefined, JSON.stringify(knobs));
  }
  // A quota makes no chain, so how its losses cluster has no closed form.
  assert.is(configuredMetrics(readKnobs({ dropExact: '5%/100' }), 100, 90).loss_periods, undefined);
  // A hold, a link or a queue behind others adds to a delay what no knob says.
  for (const more of [{ reorder: '1%' }, { rate: '1mbit' }, { jitter: '1ms', keepOrder: true }]) {
    assert.is(configuredMetrics(readKnobs({ delay: '9ms', ...more }), 100, 90).delay_p50_us, undefined);
  }
});

test('drawn schedules stay inside, and a biased one does not', () => {
  const sent = 20_000;
  const { lost } = configuredMetrics(readKnobs({ drop: '5%' }), sent, 19_000);
  const drawn = (ratio: string, seed: string): number => {
    const schedule = new Schedule(readKnobs({ drop: ratio }), { seed, flow: 1, direction: 'down' });
    let drops = 0;
    for (let index = 1; index <= sent; index += 1)
      if (schedule.dropCause[schedule.at(index)] !== 0) drops += 1;
    return drops;
  };
  assert.ok(lost !== undefined && lost.value === 1000);
  for (const seed of ['1', '2', '3', '4', '5']) {
    const drops = drawn('5%', seed);
    assert.ok(drops >= lost.low && drops <= lost.high, `seed ${seed}: ${drops}`);
    assert.ok(drawn('7%', seed) > lost.high);
  }
});

test('a constant delay leaves no room, and nothing between the datagrams', () => {
  const metrics = configuredMetrics(readKnobs({ delay: '20ms', drop: '5%' }), 100, 95);
  for (const name of ['p50', 'p95', 'p99', 'p999', 'max'] as const) {
    assert.equal(metrics[`delay_${name}_us`], { value: 20_000, low: 20_000, high: 20_000 });
    assert.equal(metrics[`pdv_${name}_us`], { value: 0, low: 0, high: 0 });
  }
});

test('what the definitions give for loss, damage and copies together', () => {
  const { lost, unique, received, corrupted } = configuredMetrics(
    readKnobs({ drop: '10%', corrupt: '20%', duplicate: '50%' }),
    1000,
    720,
  );
  // 900 are not dropped; 180 of them are damaged, and 90 of these are copied.
  assert.equal(
    [lost, unique, received, corrupted].map((metric) => Math.round((metric?.value ?? 0) * 1e9) / 1e9),
    [280, 720, 1080, 270],
  );
});

/** What a drawn schedule does, counted from the definitions, one datagram at a time. */
function simulate(knobs: Knobs, seed: string, sent: number): Partial<Record<MetricName, number>> {
  const schedule = new Schedule(readKnobs(knobs), { seed, flow: 1, direction: 'down' });
  let [received, corrupted, lost, periods, before] = [0, 0, 0, 0, false];
  const delaysUs: number[] = [];
  for (let index = 1; index <= sent; index += 1) {
    const row = schedule.at(index);
    const isDropped = schedule.dropCause[row] !== 0;
    const isDamaged = !isDropped && (schedule.corrupt[row] as number) >= 0;
    const isLost = isDropped || isDamaged;
    if (isDamaged) corrupted += 1 + (schedule.copies[row] as number);
    if (!isLost) {
      received += 1 + (schedule.copies[row] as number);
      delaysUs.push((schedule.delayNs[row] as number) / 1e3);
    }
    if (isLost) lost += 1;
    if (isLost && !before) periods += 1;
    before = isLost;
  }
  delaysUs.sort((a, b) => a - b);
  const ranked = (share: number): number => delaysUs[Math.ceil(share * delaysUs.length) - 1] as number;
  const least = delaysUs[0] as number;
  return {
    sent,
    lost,
    unique: sent - lost,
    received,
    corrupted,
    loss_periods: periods,
    ...(periods > 0 && { loss_period_mean: lost / periods }),
    ...Object.fromEntries(
      Object.entries({ p50: 0.5, p95: 0.95, p99: 0.99, p999: 0.999, max: 1 }).flatMap(([name, share]) => [
        [`delay_${name}_us`, ranked(share)],
        [`pdv_${name}_us`, ranked(share) - least],
      ]),
    ),
  };
}

const SENT = 3000;
const RUNS = 40;

for (const knobs of [
  { drop: '5%' },
  { drop: '5%', corrupt: '3%', duplicate: '10%' },
  { corrupt: '10%', duplicate: '2%' },
  { dropExact: '5%/20', corrupt: '3%', duplicate: '5%' },
  { dropBurst: '2%,25%' },
  { dropBurst: '2%,30%,80%,1%', corrupt: '5%', duplicate: '10%' },
  { dropState: '2%,30%,20%,40%,1%' },
  { dropState: '2%,30%,20%,40%,1%', corrupt: '5%' },
  { delay: '20ms', jitter: '5ms' },
  { delay: '20ms', jitter: '5ms', distribution: 'normal', drop: '10%' },
  { delay: '30ms', jitter: '4ms', distribution: 'pareto', duplicate: '10%' },
  { delay: '1ms', jitter: '4ms', distribution: 'paretonormal' },
] satisfies Knobs[]) {
  test(`simulated schedules stay inside, about the middle: ${JSON.stringify(knobs)}`, () => {
    const config = readKnobs(knobs);
    const sums = new Map<string, number>();
    for (let run = 1; run <= RUNS; run += 1) {
      const simulated = simulate(knobs, `run-${run}`, SENT);
      const configured = configuredMetrics(config, SENT, simulated.unique ?? 0);
      for (const [name, value] of Object.entries(simulated) as [MetricName, number][]) {
        const range = configured[name];
        if (range === undefined) continue;
        // Differences of microseconds are off in their last bits.
        const slack = name.endsWith('_us') ? 1e-6 : 0;
        assert.ok(
          value >= range.low - slack && value <= range.high + slack,
          `run ${run}: ${name} ${value}, ${JSON.stringify(range)}`,
        );
        assert.ok(range.value >= range.low && range.value <= range.high, `${name}: ${JSON.stringify(range)}`);
        sums.set(name, (sums.get(name) ?? 0) + value);
      }
    }
    assert.ok(sums.has('corrupted') && sums.has('received') && sums.has('unique'));
    for (const [name, total] of sums) {
      // The largest, the least and the 999th of a thousand are no means: what the distribution gives is where they lead.
      if (/p999|max|pdv/.test(name)) continue;
      const range = configuredMetrics(config, SENT, SENT)[name as MetricName] as ConfiguredMetric;
      // An interval for one in a million is about ten standard deviations wide; the mean of 40 strays a sixth of one.
      const slack = (range.high - range.low) / 15 + 1e-9;
      assert.ok(
        Math.abs(total / RUNS - range.value) <= slack,
        `${name}: ${total / RUNS} on average, ${range.value}`,
      );
    }
  });
}

test('an interval is no wider than it must be: a model half as lossy again is seen', () => {
  const sent = 100_000;
  for (const [knobs, other] of [
    [{ dropBurst: '1%,25%' }, { dropBurst: '1.5%,25%' }],
    [{ dropBurst: '2%,30%,80%,1%' }, { dropBurst: '3%,30%,80%,1.5%' }],
    [{ drop: '2%' }, { drop: '3%' }],
    [{ corrupt: '2%' }, { corrupt: '3%' }],
  ] as const) {
    const configured = configuredMetrics(readKnobs(knobs), sent, sent);
    const simulated = simulate(other, '1', sent);
    for (const name of ['lost', 'loss_periods', 'unique', 'received'] as const) {
      const range = configured[name] as ConfiguredMetric;
      const value = simulated[name] as number;
      assert.ok(value < range.low || value > range.high, `${JSON.stringify(knobs)}: ${name} ${value}`);
    }
  }
});

test.run();
