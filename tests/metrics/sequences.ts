/** Seeded arrival sequences for the tests, and the two ways to run and compare them. */
import { randomStream } from '../../src/base/random.ts';
import type { Statistics } from '../../src/metrics/catalogue.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
import { oracle } from './oracle.ts';
import type { ArrivedDatagram, Stream } from './oracle.ts';

/** A stream of 0 .. `longest` datagrams: lost, held back, copied, cut off, with a window that is often too small. */
export function generateStream(key: string, longest: number): Stream {
  const { draw } = randomStream(key);
  const below = (n: number): number => Math.floor(draw() * n);
  const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T;
  const start = pick([1, 1, 1, 0, 17, 2 ** 32 - 20, 2 ** 50, -5]);
  const length = pick([0, 1, 2, 3, below(20), below(longest + 1), below(longest + 1)]);
  const lossRatio = pick([0, 0.02, 0.05, 0.2, 0.5, 0.9, 1]);
  const lossRun = pick([1, 1, 4, 20]);
  const reorderRatio = pick([0, 0.05, 0.3, 1]);
  const reorderDistance = pick([1, 3, 10, 100]);
  const duplicateRatio = pick([0, 0.01, 0.3]);
  const jump = pick([0, 0, 0, 0.02]);
  const untimedRatio = pick([0, 0, 0.2, 1]);
  const offsetNs = pick([0, -5_000_000, 7_000_000_000]);

  // Each datagram takes a place in the order of arrival; a held or copied one takes a later place.
  const placed: { place: number; count: number }[] = [];
  let count = start;
  for (let k = 0; k < length; k += 1) {
    if (draw() < lossRatio / lossRun) k += below(2 * lossRun - 1);
    else {
      const hold = draw() < reorderRatio ? below(reorderDistance) + 0.5 : 0;
      placed.push({ place: k + hold, count: count + k });
      while (draw() < duplicateRatio)
        placed.push({ place: k + hold + below(2 * reorderDistance), count: count + k });
    }
    if (draw() < jump) count += below(300);
  }
  placed.sort((a, b) => a.place - b.place);
  let arrivalNs = below(1_000_000);
  const arrivals = placed.map((datagram): ArrivedDatagram => {
    arrivalNs += pick([0, below(1000), below(100_000)]);
    const sendNs = (datagram.count - start) * 1000 + offsetNs;
    return {
      count: datagram.count,
      arrivalNs,
      sendNs: draw() < untimedRatio ? Number.NaN : sendNs,
      sizeBytes: 200 + below(1000),
    };
  });
  return {
    firstCount: pick([null, start, start, start + below(10)]),
    windowCounts: pick([1, 2, 4, 8, 16, 64, 1024]),
    lastCount: pick([null, count + length - 1, count + length - 1, count + length + below(40)]),
    arrivals: arrivals.slice(pick([0, 0, 0, below(10)])),
  };
}

/** Runs a stream through StreamMetrics. */
export function measure(stream: Stream): { statistics: Statistics; density: Map<number, number> } {
  const metrics = new StreamMetrics({ firstCount: stream.firstCount, windowCounts: stream.windowCounts });
  for (const a of stream.arrivals) metrics.handleArrival(a.count, a.arrivalNs, a.sendNs, a.sizeBytes);
  metrics.finish(stream.lastCount);
  return { statistics: metrics.statistics(), density: metrics.reorderDensity() };
}

/** Nothing, or the first statistic on which StreamMetrics and the oracle differ. Means may differ in their last bits. */
export function disagreement(stream: Stream): string | null {
  const measured = measure(stream);
  const expected = oracle(stream);
  for (const [name, value] of Object.entries(expected.statistics)) {
    const got = measured.statistics[name as keyof Statistics];
    const same =
      value === got ||
      (value !== null && got !== null && Math.abs(value - got) <= 1e-9 * Math.max(Math.abs(value), 1));
    if (!same) return `${name}: oracle ${value}, measured ${got}`;
  }
  const [a, b] = [expected.density, measured.density].map((density) => JSON.stringify([...density]));
  return a === b ? null : `reorder density: oracle ${a}, measured ${b}`;
}

/** Arrivals of these counts at 1 ms, each sent at count × 1 ms, 100 bytes, in a stream that starts at 1. */
export function streamOf(
  counts: readonly number[],
  lastCount: number | null,
  firstCount: number | null = 1,
): Stream {
  return {
    firstCount,
    windowCounts: 1024,
    lastCount,
    arrivals: counts.map((count, k) => ({
      count,
      arrivalNs: k * 1e6,
      sendNs: count * 1e6,
      sizeBytes: 100,
    })),
  };
}
