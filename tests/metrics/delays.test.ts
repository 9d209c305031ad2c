import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DelayRecorder } from '../../src/metrics/delays.ts';
import { randomStream } from '../../src/base/random.ts';

function recordAll(delaysNs: readonly number[]) {
  const recorder = new DelayRecorder();
  for (const delayNs of delaysNs) recorder.record(delayNs);
  return recorder.summary();
}

/** Delays of about 1 ms with a long tail, seen through clocks that are `offsetNs` apart. */
function tailedDelays(length: number, offsetNs: number): number[] {
  const { draw } = randomStream('delays/tail');
  return Array.from({ length }, () => offsetNs + 1e6 + Math.floor(draw() ** 20 * 1e9));
}

const test = suite('delays');

test('nothing recorded is nothing measured', () => {
  assert.is(new DelayRecorder().summary(), null);
});

test('up to 1024 delays are exact, negative and fractional ones too', () => {
  assert.equal(recordAll([3.5, -2.25, 10]), {
    minNs: -2.25,
    p50Ns: 3.5,
    p95Ns: 10,
    p99Ns: 10,
    p999Ns: 10,
    maxNs: 10,
  });
  const thousand = Array.from({ length: 1024 }, (_, k) => 1e12 + k * 1000.5);
  assert.equal(recordAll(thousand.toReversed()), {
    minNs: 1e12,
    p50Ns: 1e12 + 511 * 1000.5,
    p95Ns: 1e12 + 972 * 1000.5,
    p99Ns: 1e12 + 1013 * 1000.5,
    p999Ns: 1e12 + 1022 * 1000.5,
    maxNs: 1e12 + 1023 * 1000.5,
  });
});

test('beyond that, an error is at most 0.05 % of the distance from the smallest of the first, whatever the clocks', () => {
  for (const offsetNs of [0, -1e15, 1e15]) {
    const delays = tailedDelays(5000, offsetNs);
    const sorted = delays.toSorted((a, b) => a - b);
    const reference = Math.min(...delays.slice(0, 1024));
    const summary = recordAll(delays);
    assert.is(summary?.minNs, sorted[0]);
    assert.is(summary?.maxNs, sorted[4999]);
    for (const [got, rank] of [
      [summary?.p50Ns, 2500],
      [summary?.p95Ns, 4750],
      [summary?.p99Ns, 4950],
      [summary?.p999Ns, 4995],
    ] as const) {
      const exact = sorted[rank - 1] as number;
      assert.ok(
        Math.abs(Number(got) - exact) <= Math.abs(exact - reference) / 2048 + 0.5,
        `${got} for ${exact}`,
      );
    }
    assert.equal(recordAll(delays), summary);
  }
});

test('delays that fall below the reference are told apart', () => {
  // A thousand slow ones set the reference at 50 000; then come 3000 from 40 000 down to 10 001.
  const slow = Array.from({ length: 1024 }, () => 50_000);
  const fast = Array.from({ length: 3000 }, (_, k) => 40_000 - k * 10);
  const summary = recordAll([...slow, ...fast]);
  assert.is(summary?.minNs, 10_010);
  assert.is(summary?.maxNs, 50_000);
  assert.is(summary?.p99Ns, 50_000);
  // The 2012th smallest of 4024: 10 010 + 2011 · 10 = 30 120, at a distance of 19 880.
  assert.ok(Math.abs(Number(summary?.p50Ns) - 30_120) <= 19_880 / 2048 + 0.5);
});

test.run();
