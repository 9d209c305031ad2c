/**
 * The metrics that need arrival times, where these are known (the virtual clock): jitter, delay, delay
 * variation, throughput.
 *
 * Pure; quantiles by sorting everything. A quantile is the value of nearest rank, ceil(q n), which is also what
 * HdrHistogram reports; the measured side keeps three significant digits and may count whole microseconds, so
 * each quantile comes with a range: 0.1 % of the delay it belongs to, and 1 us.
 */
import type { Arrivals, ExpectedStream } from './expectedStream.ts';
import type { ExpectedMetrics, ExpectedValue } from './expectedValue.ts';
import type { Receipt } from './receipt.ts';

const HISTOGRAM_PRECISION = 1e-3;
const HISTOGRAM_GRAIN_US = 1;

/** RFC 3550, 6.4.1: J += (|D| - J) / 16 over first arrivals, in order of arrival. Microseconds; null before two. */
function jitterUs(stream: ExpectedStream, arrivals: Arrivals, rows: Uint32Array): number | null {
  if (rows.length < 2) return null;
  let jitterNs = 0;
  let previousNs = 0;
  for (let place = 0; place < rows.length; place += 1) {
    const row = rows[place] as number;
    const transitNs = (arrivals.timesNs[row] as number) - stream.sendNs(arrivals.counts[row] as number);
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

/** How far a histogram may be off a delay. */
const toleranceUs = (delayUs: number): number => HISTOGRAM_PRECISION * delayUs + HISTOGRAM_GRAIN_US;

function sortedDelaysUs(stream: ExpectedStream, arrivals: Arrivals, rows: Uint32Array): Float64Array {
  const delaysUs = new Float64Array(rows.length);
  for (let place = 0; place < rows.length; place += 1) {
    const row = rows[place] as number;
    const delayNs = (arrivals.timesNs[row] as number) - stream.sendNs(arrivals.counts[row] as number);
    delaysUs[place] = delayNs / 1e3;
  }
  return delaysUs.toSorted();
}

/** The value of nearest rank among sorted ones. */
const quantile = (sorted: Float64Array, q: number): number =>
  sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] as number;

/**
 * Throughput is of uncorrupted arrivals, from the first to the last: the first one opens the span and is not
 * counted in it. Null where fewer than two arrived, or all at one instant.
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
    else bits += stream.sizeBytes(arrivals.counts[row] as number) * 8;
    datagrams += 1;
  }
  const spanS = (lastNs - firstNs) / 1e9;
  return spanS > 0 ? { pps: (datagrams - 1) / spanS, bps: bits / spanS } : null;
}

const NO_VALUE = exactly(null);

const delaysOfNothing: ExpectedMetrics = {
  delay_p50_us: NO_VALUE,
  delay_p95_us: NO_VALUE,
  delay_p99_us: NO_VALUE,
  delay_p999_us: NO_VALUE,
  delay_max_us: NO_VALUE,
  pdv_p50_us: NO_VALUE,
  pdv_p95_us: NO_VALUE,
  pdv_p99_us: NO_VALUE,
  pdv_p999_us: NO_VALUE,
  pdv_max_us: NO_VALUE,
};

/** What is known without times: where too little arrived to take a metric over, it has no value, whenever that was. */
export function untimedMetrics({ firstRows, received }: Receipt, reordered: number): ExpectedMetrics {
  return {
    ...(reordered === 0 && { reorder_late_offset_max_us: NO_VALUE }),
    ...(firstRows.length < 2 && { jitter_us: NO_VALUE }),
    ...(received < 2 && { throughput_pps: NO_VALUE, throughput_bps: NO_VALUE }),
    ...(firstRows.length === 0 && delaysOfNothing),
  };
}

export function expectedTimes(stream: ExpectedStream, arrivals: Arrivals, receipt: Receipt): ExpectedMetrics {
  const rows = receipt.firstRows;
  const rate = throughput(stream, arrivals);
  const steady = {
    jitter_us: exactly(jitterUs(stream, arrivals, rows)),
    throughput_pps: exactly(rate?.pps ?? null),
    throughput_bps: exactly(rate?.bps ?? null),
  };
  if (rows.length === 0) return { ...steady, ...delaysOfNothing };

  const delaysUs = sortedDelaysUs(stream, arrivals, rows);
  const leastUs = delaysUs[0] as number;
  const delay = (q: number): ExpectedValue =>
    about(quantile(delaysUs, q), toleranceUs(quantile(delaysUs, q)));
  // The measured side may take the least delay off a quantile of delays, and then errs by the delay's tolerance.
  const variation = (q: number): ExpectedValue =>
    about(quantile(delaysUs, q) - leastUs, toleranceUs(quantile(delaysUs, q)));
  return {
    ...steady,
    delay_p50_us: delay(0.5),
    delay_p95_us: delay(0.95),
    delay_p99_us: delay(0.99),
    delay_p999_us: delay(0.999),
    delay_max_us: delay(1),
    pdv_p50_us: variation(0.5),
    pdv_p95_us: variation(0.95),
    pdv_p99_us: variation(0.99),
    pdv_p999_us: variation(0.999),
    pdv_max_us: variation(1),
  };
}
