/**
 * The expected metrics that need arrival times, which are known on the virtual clock: jitter, delay, delay variation,
 * throughput.
 *
 * Quantiles come from sorting all values: a quantile is the value of nearest rank, ceil(q n), as in HdrHistogram. The
 * measured side keeps three significant digits and may count whole microseconds, so each quantile has a tolerance of
 * 0.1 % of its delay plus 1 us.
 */
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricName } from '../../src/metrics/catalogue.ts';
import type { Arrivals, ExpectedStream } from './expectedStream.ts';
import type { ExpectedMetrics, ExpectedValue } from './expectedValue.ts';
import type { Receipt } from './receipt.ts';

const HISTOGRAM_PRECISION = 1e-3;
const HISTOGRAM_GRAIN_US = 1;

/** RFC 3550, 6.4.1: J += (|D| - J) / 16 over first arrivals, in order of arrival. Microseconds; null for fewer than two. */
function jitterUs(stream: ExpectedStream, arrivals: Arrivals, rows: Uint32Array): number | null {
  if (rows.length < 2) return null;
  let jitterNs = 0;
  let previousNs = 0;
  for (let place = 0; place < rows.length; place += 1) {
    const row = rows[place] as number;
    const transitNs = (arrivals.timesNs[row] as number) - stream.sendNs(arrivals.counts[row] as number, row);
    if (place > 0) jitterNs += (Math.abs(transitNs - previousNs) - jitterNs) / 16;
    previousNs = transitNs;
  }
  return jitterNs / 1e3;
}

const exactly = (value: number | null): ExpectedValue => ({ value, low: null, high: null });

const about = (value: number, toleranceUs: number): ExpectedValue => ({
  value,
  low: Math.max(0, value - toleranceUs),
  high: value + toleranceUs,
});

/** The histogram's largest error for a delay. */
const toleranceUs = (delayUs: number): number => HISTOGRAM_PRECISION * delayUs + HISTOGRAM_GRAIN_US;

function sortedDelaysUs(stream: ExpectedStream, arrivals: Arrivals, rows: Uint32Array): Float64Array {
  const delaysUs = new Float64Array(rows.length);
  for (let place = 0; place < rows.length; place += 1) {
    const row = rows[place] as number;
    const delayNs = (arrivals.timesNs[row] as number) - stream.sendNs(arrivals.counts[row] as number, row);
    delaysUs[place] = delayNs / 1e3;
  }
  return delaysUs.toSorted();
}

/** The value of nearest rank in a sorted list. */
const quantile = (sorted: Float64Array, q: number): number =>
  sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] as number;

/**
 * Throughput of uncorrupted arrivals, from the first to the last. The first one starts the interval, so its bytes do not
 * count. Null if fewer than two arrived, or all at the same time.
 */
function throughput(
  stream: ExpectedStream,
  arrivals: Arrivals,
): { readonly pps: number; readonly bps: number } | null {
  let datagrams = 0;
  let bits = 0;
  let firstNs = 0;
  let lastNs = 0;
  for (let row = 0; row < arrivals.counts.length; row += 1) {
    if (arrivals.corrupted[row] === 1) continue;
    lastNs = arrivals.timesNs[row] as number;
    if (datagrams === 0) firstNs = lastNs;
    else bits += stream.sizeBytes(arrivals.counts[row] as number, row) * 8;
    datagrams += 1;
  }
  const spanS = (lastNs - firstNs) / 1e9;
  return spanS > 0 ? { pps: (datagrams - 1) / spanS, bps: bits / spanS } : null;
}

/** The metrics that are known without times: those that have no value, because too few datagrams arrived. */
export function untimedMetrics(known: { readonly [Name in MetricName]?: number | null }): ExpectedMetrics {
  const none: { [Name in MetricName]?: ExpectedValue } = {};
  for (const name of METRIC_NAMES) {
    const { timing, over } = METRICS[name];
    if (timing === undefined || over?.least === undefined) continue;
    if ((known[over.name] ?? Infinity) < over.least) none[name] = exactly(null);
  }
  return none;
}

export function expectedTimes(stream: ExpectedStream, arrivals: Arrivals, receipt: Receipt): ExpectedMetrics {
  const rows = receipt.firstRows;
  const rate = throughput(stream, arrivals);
  const expected: { [Name in MetricName]?: ExpectedValue } = {
    jitter_us: exactly(jitterUs(stream, arrivals, rows)),
    throughput_pps: exactly(rate?.pps ?? null),
    throughput_bps: exactly(rate?.bps ?? null),
  };
  const delaysUs = sortedDelaysUs(stream, arrivals, rows);
  for (const name of METRIC_NAMES) {
    const { quantile: share, timing } = METRICS[name];
    if (share === undefined) continue;
    if (rows.length === 0) {
      expected[name] = exactly(null);
      continue;
    }
    const delayUs = quantile(delaysUs, share);
    const minUs = timing === 'delay' ? 0 : (delaysUs[0] as number);
    // The measured side may subtract the smallest delay from a quantile of delays, so the tolerance is that of the delay.
    expected[name] = about(delayUs - minUs, toleranceUs(delayUs));
  }
  return expected;
}
