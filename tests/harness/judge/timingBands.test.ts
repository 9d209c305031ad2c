import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { controlNoise, withBands } from '../../../harness/judge/timingBands.ts';
import type { Statistics } from '../../../src/metrics/catalogue.ts';
import { StreamMetrics } from '../../../src/metrics/streamMetrics.ts';

const test = suite('bands about scheduled times');

/** A client whose delays are these, microseconds. */
function measured(...delaysUs: readonly number[]): Statistics {
  const metrics = new StreamMetrics({ firstCount: 1 });
  for (const [k, delayUs] of delaysUs.entries()) {
    metrics.handleArrival(k + 1, k * 1e6 + delayUs * 1e3, k * 1e6, 100);
  }
  metrics.finish(delaysUs.length);
  return metrics.statistics();
}

const exactly = (value: number) => ({ value, low: null, high: null });

test('the noise of a control is its least and most delay, all clients together', () => {
  assert.equal(controlNoise([measured(30, 50), measured(20, 40)]), { minUs: 20, maxUs: 50 });
  assert.is(controlNoise([measured()]), null);
  assert.is(controlNoise([]), null);
});

test('a delay lies from the schedule upwards: the most of the control, its spread, and the stalls', () => {
  const { delay_p50_us } = withBands({ delay_p50_us: exactly(1000) }, { minUs: 20, maxUs: 50 }, 7, 1e6);
  // 1000 − 20; 1000 + 50 + (50 − 20) + 7
  assert.equal(delay_p50_us, { value: 1000, low: 980, high: 1087 });
});

test('a difference of delays may move either way, and not below nothing', () => {
  const banded = withBands(
    { jitter_us: exactly(100), pdv_p99_us: exactly(40) },
    { minUs: 20, maxUs: 50 },
    7,
    1e6,
  );
  assert.equal(banded.jitter_us, { value: 100, low: 13, high: 187 });
  assert.equal(banded.pdv_p99_us, { value: 40, low: 0, high: 127 });
});

test('a difference of neighbours may be below nothing', () => {
  const banded = withBands({ ipdv_min_us: exactly(-40) }, { minUs: 20, maxUs: 50 }, 7, 1e6);
  assert.equal(banded.ipdv_min_us, { value: -40, low: -127, high: 47 });
});

test('a rate changes with the time that the first and the last arrival may gain or lose', () => {
  const { throughput_pps } = withBands({ throughput_pps: exactly(1000) }, { minUs: 0, maxUs: 50 }, 0, 1000);
  // 100 us of 1000: 1000 × 1000/1100 and 1000 × 1000/900
  assert.equal(throughput_pps, { value: 1000, low: 1e6 / 1100, high: 1e6 / 900 });
  const brief = withBands({ throughput_pps: exactly(1000) }, { minUs: 0, maxUs: 50 }, 0, 90);
  assert.is(brief.throughput_pps?.high, null);
});

test('counts, and times of which nothing is known, stay as they are', () => {
  const expected = { lost: exactly(3), jitter_us: { value: null, low: null, high: null } };
  assert.equal(withBands(expected, { minUs: 0, maxUs: 50 }, 0, 1e6), expected);
});

test.run();
