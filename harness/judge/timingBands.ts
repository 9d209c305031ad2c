/**
 * Accepted ranges for real arrival times around the scheduled ones, from measurements rather than constants.
 *
 * A control run without impairment shows what the machine adds to each delay; the judged run's processes report how long
 * they stalled. The measured figure must lie in a band around the scheduled one as wide as both.
 */
import type { ExpectedMetrics, ExpectedValue } from '../expected/expectedValue.ts';
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricName, Statistics } from '../../src/metrics/catalogue.ts';

/** Delays are counted in whole microseconds, and in three significant digits. */
const GRAIN_US = 1;
const PRECISION = 1e-3;

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
  const exact: { [Name in MetricName]?: ExpectedValue } = {};
  for (const name of METRIC_NAMES) {
    const known = expected[name];
    if (known !== undefined)
      exact[name] =
        METRICS[name].timing === undefined || known.value === null
          ? known
          : { value: known.value, low: null, high: null };
  }
  return around(exact, Math.abs(noise.minUs), addedUs, durationUs);
}

/**
 * Bands at a proxy's exit, where nothing leaves early, and how late each left was measured.
 * @param latestUs the largest lateness
 * @param durationUs scheduled time from the first to the last exit, for rates
 */
export const withLateness = (
  expected: ExpectedMetrics,
  latestUs: number,
  durationUs: number,
): ExpectedMetrics => around(expected, GRAIN_US, latestUs * (1 + PRECISION) + GRAIN_US, durationUs);

/** Wider ranges around those that are expected. @param grainUs by how much a delay may be smaller. @param addedUs by how much it may be larger */
function around(
  expected: ExpectedMetrics,
  grainUs: number,
  addedUs: number,
  durationUs: number,
): ExpectedMetrics {
  const banded: { [Name in MetricName]?: ExpectedValue } = { ...expected };
  for (const name of METRIC_NAMES) {
    const { timing, quantileOf } = METRICS[name];
    const { value = null, low, high: most } = expected[name] ?? {};
    if (value === null) continue;
    const [least, greatest] = [low ?? value, most ?? value];
    if (timing === 'delay') banded[name] = { value, low: least - grainUs, high: greatest + addedUs };
    if (timing === 'difference') {
      const floor = quantileOf === 'ipdv' ? Number.NEGATIVE_INFINITY : 0;
      banded[name] = { value, low: Math.max(floor, least - addedUs), high: greatest + addedUs };
    }
    if (timing === 'rate') {
      const high = durationUs > addedUs ? (value * durationUs) / (durationUs - addedUs) : null;
      banded[name] = { value, low: (value * durationUs) / (durationUs + addedUs), high };
    }
  }
  return banded;
}
