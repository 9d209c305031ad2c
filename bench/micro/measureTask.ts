/**
 * One task measured with tinybench: samples of whole blocks, figures per operation.
 *
 * It throws when two blocks have different results, and warns when a block is too short for the clock.
 */
import { Bench } from 'tinybench';
import type { TableRow } from '../../harness/report/tables.ts';
import { formatSum } from './checksum.ts';
import type { MicroTask } from './task.ts';

/** Minimum of samples however long a block takes, for a meaningful median. */
const MIN_SAMPLES = 16;
const MIN_SMOKE_SAMPLES = 3;
/** A sample of this many clock steps is measured to within 1 %. */
const MIN_GRAINS = 100;
const CLOCK_READS = 2000;
const NS_PER_MS = 1e6;

export interface MeasureOptions {
  /** How long to warm up, and how long to measure, milliseconds each, 0 or more. */
  readonly timeMs: number;
  /** Whether the minimum of samples is enough. */
  readonly smoke: boolean;
  /** Smallest step of `performance.now`, nanoseconds. */
  readonly clockGrainNs: number;
}

export interface Measurement {
  /** Percentiles are those of a block's mean operation, not of single operations. */
  readonly row: TableRow<'micro'>;
  /** Why the figures are unreliable; null if they are not. */
  readonly warning: string | null;
}

/** Measures the smallest non-zero step of `performance.now`, the clock of tinybench, nanoseconds. */
export function measureClockGrainNs(): number {
  let smallestMs = Number.POSITIVE_INFINITY;
  let previousMs = performance.now();
  for (let k = 0; k < CLOCK_READS || smallestMs === Number.POSITIVE_INFINITY; k += 1) {
    const nowMs = performance.now();
    if (nowMs > previousMs) smallestMs = Math.min(smallestMs, nowMs - previousMs);
    previousMs = nowMs;
  }
  return smallestMs * NS_PER_MS;
}

/** @throws Error when the result of a block differs from that of the block before */
export async function measureTask(
  suite: string,
  task: MicroTask,
  options: MeasureOptions,
): Promise<Measurement> {
  const { timeMs, smoke, clockGrainNs } = options;
  let sum = 0;
  const sums = new Set<number>();
  const keepSum = (): void => {
    sums.add(task.sumRest === undefined ? sum : task.sumRest(sum));
    if (sums.size > 1) {
      const [one, other] = [...sums].map(formatSum);
      throw new Error(`${suite}, ${task.name}: one block came to ${one}, another to ${other}`);
    }
  };
  const bench = new Bench({
    time: timeMs,
    iterations: smoke ? MIN_SMOKE_SAMPLES : MIN_SAMPLES,
    warmupTime: timeMs,
    warmupIterations: 1,
    timestampProvider: 'performanceNow',
    throws: true,
  });
  // Without this setting tinybench makes one more call to find out whether the task is synchronous.
  bench.add(
    task.name,
    () => {
      sum = task.run();
    },
    { async: false, beforeEach: () => task.prepare?.(), afterEach: keepSum },
  );
  const [measured] = await bench.run();
  const [hash] = [...sums].map(formatSum);
  if (measured?.result.state !== 'completed' || hash === undefined) {
    throw new Error(`${suite}, ${task.name}: did not run to its end`);
  }
  const { latency } = measured.result;
  const perOperationNs = (blockMs: number): number => (blockMs * NS_PER_MS) / task.operations;
  const grains = (latency.p50 * NS_PER_MS) / clockGrainNs;
  return {
    row: {
      suite,
      task: task.name,
      ops_per_s: (task.operations * 1000) / latency.mean,
      mean_ns: perOperationNs(latency.mean),
      p50_ns: perOperationNs(latency.p50),
      p99_ns: perOperationNs(latency.p99),
      samples: latency.samplesCount,
      hash,
    },
    warning:
      grains >= MIN_GRAINS
        ? null
        : `${suite}, ${task.name}: a sample is ${Math.floor(grains)} grains of the clock long, below ${MIN_GRAINS}`,
  };
}
