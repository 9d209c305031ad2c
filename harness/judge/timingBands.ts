/**
 * Accepted ranges for real arrival times around the scheduled ones, from measurements rather than constants.
 *
 * A control run without impairment shows what the machine adds to each delay; the judged run's processes report how long
 * they stalled. The measured figure must lie in a band around the scheduled one as wide as both.
 */
import type { ExpectedMetrics, ExpectedValue } from '../expected/expectedValue.ts';
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricName, Statistics } from '../../src/metrics/catalogue.ts';

/** What the machine adds to a delay, microseconds. */
export interface MachineNoise {
  /** Minimum and maximum delay of the control run, from the planned sending times. */
  readonly minUs: number;
  readonly maxUs: number;
}

/**
 * The noise of a control run: all clients together.
 * @param statistics of each client, delays counted from the stream's start
 * @returns null if nothing was measured
 */
export function controlNoise(statistics: readonly Statistics[]): MachineNoise | null {
  const maximums = statistics.flatMap(({ delay_max_us }) => (delay_max_us === null ? [] : [delay_max_us]));
  const minimums = statistics.flatMap(({ delay_max_us, pdv_max_us }) =>
    delay_max_us === null || pdv_max_us === null ? [] : [delay_max_us - pdv_max_us],
  );
  if (maximums.length === 0) return null;
  return { minUs: Math.min(...minimums), maxUs: Math.max(...maximums) };
}

/**
 * Widens the expected values of timing metrics to bands; counts stay unchanged.
 * @param stallUs longest stalls of the run's own processes, added up
 * @param durationUs scheduled time from the first to the last arrival, for rates
 */
export function withBands(
  expected: ExpectedMetrics,
  noise: MachineNoise,
  stallUs: number,
  durationUs: number,
): ExpectedMetrics {
  // The machine can only increase a delay. The judged run may add as much again as the control's delays varied, plus the
  // observed stalls. The minimum delay of the control limits the resolution of every delay.
  const addedUs = noise.maxUs + (noise.maxUs - noise.minUs) + stallUs;
  const grainUs = Math.abs(noise.minUs);
  const banded: { [Name in MetricName]?: ExpectedValue } = { ...expected };
  for (const name of METRIC_NAMES) {
    const { timing } = METRICS[name];
    const value = expected[name]?.value ?? null;
    if (value === null) continue;
    if (timing === 'delay') banded[name] = { value, low: value - grainUs, high: value + addedUs };
    if (timing === 'difference')
      banded[name] = { value, low: Math.max(0, value - addedUs), high: value + addedUs };
    if (timing === 'rate') {
      const high = durationUs > addedUs ? (value * durationUs) / (durationUs - addedUs) : null;
      banded[name] = { value, low: (value * durationUs) / (durationUs + addedUs), high };
    }
  }
  return banded;
}
