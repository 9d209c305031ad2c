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

/**
 * RFC 3550, 6.4.1: J += (|D| - J) / 16 over these arrivals, in order. Microseconds: the last J, and mean and maximum of all;
 * null for fewer than two.
 */
function jitterUs(
  stream: ExpectedStream,
  arrivals: Arrivals,
  rows: Uint32Array,
): { readonly last: number; readonly mean: number; readonly max: number } | null {
  if (rows.length < 2) return null;
  const jittersUs = new Float64Array(rows.length - 1);
  let jitterNs = 0;
  for (let place = 1; place < rows.length; place += 1) {
    const transitNs = delayNsOf(stream, arrivals, rows[place] as number);
    const previousNs = delayNsOf(stream, arrivals, rows[place - 1] as number);
    jitterNs += (Math.abs(transitNs - previousNs) - jitterNs) / 16;
    jittersUs[place - 1] = jitterNs / 1e3;
  }
  const total = jittersUs.reduce((sum, jitter) => sum + jitter, 0);
  const max = jittersUs.reduce((most, jitter) => Math.max(most, jitter), 0);
  return { last: jitterNs / 1e3, mean: total / jittersUs.length, max };
}

const exactly = (value: number | null): ExpectedValue => ({ value, low: null, high: null });

/** The histogram's largest error for a delay or a difference of delays. */
const toleranceUs = (timeUs: number): number => HISTOGRAM_PRECISION * Math.abs(timeUs) + HISTOGRAM_GRAIN_US;

const delayNsOf = (stream: ExpectedStream, arrivals: Arrivals, row: number): number =>
  (arrivals.timesNs[row] as number) - stream.sendNs(arrivals.counts[row] as number, row);

const delaysUsOf = (stream: ExpectedStream, arrivals: Arrivals, rows: Uint32Array): Float64Array =>
  Float64Array.from(rows, (row) => delayNsOf(stream, arrivals, row) / 1e3);

/** RFC 5481, IPDV: the delay of each count less that of the count before it, where both arrived. */
function ipdvUsOf(stream: ExpectedStream, arrivals: Arrivals, rows: Uint32Array): Float64Array {
  const delaysUs = new Float64Array(stream.lastCount - stream.firstCount + 1).fill(Number.NaN);
  for (const row of rows)
    delaysUs[(arrivals.counts[row] as number) - stream.firstCount] = delayNsOf(stream, arrivals, row) / 1e3;
  return delaysUs
    .map((delayUs, k) => (k === 0 ? Number.NaN : delayUs - (delaysUs[k - 1] as number)))
    .filter((variationUs) => !Number.isNaN(variationUs));
}

/** Rows of all uncorrupted arrivals, in order. */
function intactRows({ corrupted }: Arrivals): Uint32Array {
  return Uint32Array.from(corrupted.keys()).filter((row) => corrupted[row] === 0);
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
  const jitter = jitterUs(stream, arrivals, rows);
  const jitterReceived = jitterUs(stream, arrivals, intactRows(arrivals));
  const expected: { [Name in MetricName]?: ExpectedValue } = {
    jitter_us: exactly(jitter?.last ?? null),
    jitter_mean_us: exactly(jitter?.mean ?? null),
    jitter_max_us: exactly(jitter?.max ?? null),
    jitter_received_us: exactly(jitterReceived?.last ?? null),
    jitter_received_mean_us: exactly(jitterReceived?.mean ?? null),
    jitter_received_max_us: exactly(jitterReceived?.max ?? null),
    throughput_pps: exactly(rate?.pps ?? null),
    throughput_bps: exactly(rate?.bps ?? null),
  };
  const delaysUs = delaysUsOf(stream, arrivals, rows).toSorted();
  const samples = { delay: delaysUs, pdv: delaysUs, ipdv: ipdvUsOf(stream, arrivals, rows).toSorted() };
  for (const name of METRIC_NAMES) {
    const { quantile: share, quantileOf = 'delay' } = METRICS[name];
    if (share === undefined) continue;
    const sorted = samples[quantileOf];
    if (sorted.length === 0) {
      expected[name] = exactly(null);
      continue;
    }
    const timeUs = quantile(sorted, share);
    const value = quantileOf === 'pdv' ? timeUs - (sorted[0] as number) : timeUs;
    // The measured side may subtract the smallest delay from a quantile of delays, so the tolerance is that of the delay.
    const tolerance = toleranceUs(timeUs);
    const least = quantileOf === 'ipdv' ? Number.NEGATIVE_INFINITY : 0;
    expected[name] = { value, low: Math.max(least, value - tolerance), high: value + tolerance };
  }
  return expected;
}
