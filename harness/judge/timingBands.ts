/**
 * How far real arrival times may be from scheduled ones: measured, never a constant.
 *
 * Pure. A control run without impairment shows what the machine itself adds to every delay; the judged run's own
 * processes say how long they stalled. Where a scheduled figure says x, the measured one lies in a band around x as
 * wide as those two.
 */
import type { ExpectedMetrics, ExpectedValue } from '../expected/expectedValue.ts';
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricName, Statistics } from '../../src/metrics/catalogue.ts';

/** What the machine adds to a delay, microseconds. */
export interface MachineNoise {
  /** Least and most delay of the control run, counted from the planned sending times. */
  readonly minUs: number;
  readonly maxUs: number;
}

/**
 * The noise of a control run: all clients together.
 * @param statistics of each client, delays counted from the stream's start
 * @returns null when nothing was measured
 */
export function controlNoise(statistics: readonly Statistics[]): MachineNoise | null {
  const mosts = statistics.flatMap(({ delay_max_us }) => (delay_max_us === null ? [] : [delay_max_us]));
  const leasts = statistics.flatMap(({ delay_max_us, pdv_max_us }) =>
    delay_max_us === null || pdv_max_us === null ? [] : [delay_max_us - pdv_max_us],
  );
  if (mosts.length === 0) return null;
  return { minUs: Math.min(...leasts), maxUs: Math.max(...mosts) };
}

/**
 * Widens the timing metrics' expected values to bands; counts stay as they are.
 * @param stallUs longest stalls of the run's own processes, added up
 * @param durationUs scheduled time from the first to the last arrival, for rates
 */
export function withBands(
  expected: ExpectedMetrics,
  noise: MachineNoise,
  stallUs: number,
  durationUs: number,
): ExpectedMetrics {
  // The machine only ever adds to a delay. The judged run is another draw of what the control saw: it may add as much
  // again as the control's delays differed, and the stalls that were seen. How well a delay can be told at all is the
  // least that the control measured.
  const mostUs = noise.maxUs + (noise.maxUs - noise.minUs) + stallUs;
  const grainUs = Math.abs(noise.minUs);
  const banded: { [Name in MetricName]?: ExpectedValue } = { ...expected };
  for (const name of METRIC_NAMES) {
    const { timing } = METRICS[name];
    const value = expected[name]?.value ?? null;
    if (value === null) continue;
    if (timing === 'delay') banded[name] = { value, low: value - grainUs, high: value + mostUs };
    if (timing === 'difference')
      banded[name] = { value, low: Math.max(0, value - mostUs), high: value + mostUs };
    if (timing === 'rate') {
      const high = durationUs > mostUs ? (value * durationUs) / (durationUs - mostUs) : null;
      banded[name] = { value, low: (value * durationUs) / (durationUs + mostUs), high };
    }
  }
  return banded;
}
