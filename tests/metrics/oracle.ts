/**
 * The metrics' definitions, applied to whole arrays with no regard for cost. Shares no code with src/metrics.
 */
export interface ArrivedDatagram {
  readonly count: number;
  readonly arrivalNs: number;
  readonly sendNs: number;
  readonly sizeBytes: number;
}

export interface Stream {
  readonly firstCount: number | null;
  readonly windowCounts: number;
  readonly lastCount: number | null;
  readonly arrivals: readonly ArrivedDatagram[];
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : sum(values) / values.length;
const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
const integers = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, k) => from + k);

/** Lengths of the maximal runs of `true`. */
function runs(flags: readonly boolean[]): number[] {
  return flags
    .map((flag) => (flag ? '1' : '0'))
    .join('')
    .split('0')
    .map((run) => run.length)
    .filter((length) => length > 0);
}

/** RFC 3611: marks the counts inside a span that starts and ends in loss with no 16 received in a row inside. */
function insideBursts(lost: readonly boolean[]): boolean[] {
  const inside = lost.map(() => false);
  for (let start = 0; start < lost.length; start += 1) {
    if (!lost[start]) continue;
    let received = 0;
    for (let end = start + 1; end < lost.length && received < 16; end += 1) {
      if (lost[end]) inside.fill(true, start, end + 1);
      received = lost[end] ? 0 : received + 1;
    }
  }
  return inside;
}

/** Nearest rank: the smallest value that at least this share of all values does not exceed. */
function percentile(values: readonly number[], perMille: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted.find((_, k) => (k + 1) * 1000 >= perMille * sorted.length);
  return found ?? null;
}

/** RFC 3550: every J, in order of arrival. */
function jitterOf(timed: readonly ArrivedDatagram[]): { last: number; mean: number; max: number } | null {
  const jitters: number[] = [];
  for (let k = 1; k < timed.length; k += 1) {
    const [a, b] = [timed[k - 1] as ArrivedDatagram, timed[k] as ArrivedDatagram];
    const difference = b.arrivalNs - a.arrivalNs - (b.sendNs - a.sendNs);
    const before = jitters.at(-1) ?? 0;
    jitters.push(before + (Math.abs(difference) - before) / 16);
  }
  if (jitters.length === 0) return null;
  return { last: jitters.at(-1) as number, mean: mean(jitters) as number, max: largest(jitters) };
}

const us = (timeNs: number | null): number | null => (timeNs === null ? null : timeNs / 1000);

export function oracle(stream: Stream) {
  const { arrivals, windowCounts } = stream;
  const first = stream.firstCount ?? arrivals[0]?.count ?? null;

  // What each arrival is.
  const unique: ArrivedDatagram[] = [];
  const copies = new Map<number, number>();
  let outside = 0;
  let before = 0;
  let highest = -Infinity;
  for (const arrival of arrivals) {
    if (first !== null && arrival.count < first) before += 1;
    else if (arrival.count <= highest - windowCounts) outside += 1;
    else {
      if (!copies.has(arrival.count)) unique.push(arrival);
      copies.set(arrival.count, (copies.get(arrival.count) ?? 0) + 1);
      highest = Math.max(highest, arrival.count);
    }
  }
  const s = unique.map((a) => a.count);

  // What is lost.
  const known = first === null ? null : largest([first - 1, stream.lastCount ?? -Infinity, ...s]);
  const counts = first === null || known === null ? [] : integers(first, known);
  const isLost = counts.map((c) => !copies.has(c));
  const losses = counts.filter((_, k) => isLost[k]);
  const periods = runs(isLost);
  const distances = losses.slice(1).map((c, k) => c - (losses[k] as number));
  const inside = insideBursts(isLost);
  const burstLengths = runs(inside);
  const gapLengths = runs(inside.map((x) => !x));
  const burstLosses = isLost.filter((x, k) => x && inside[k]).length;

  // Order.
  const extents: number[] = [];
  const lateOffsets: number[] = [];
  const nReordered = [0, 0, 0];
  let nextExpected = -Infinity;
  for (let i = 0; i < s.length; i += 1) {
    const count = s[i] as number;
    if (count >= nextExpected) {
      nextExpected = count + 1;
      continue;
    }
    const j = s.findIndex((other) => other > count);
    extents.push(i - j);
    lateOffsets.push((unique[i] as ArrivedDatagram).arrivalNs - (unique[j] as ArrivedDatagram).arrivalNs);
    for (const n of [1, 2, 3]) {
      const previous = s.slice(Math.max(0, i - n), i);
      if (previous.length === n && previous.every((other) => other > count)) {
        nReordered[n - 1] = (nReordered[n - 1] as number) + 1;
      }
    }
  }
  const density = new Map<number, number>();
  const receiveIndexes = counts.filter((_, k) => !isLost[k]);
  const displacements = s.map((count, k) => (receiveIndexes[k] as number) - count);
  for (const d of displacements.toSorted((a, b) => a - b)) density.set(d, (density.get(d) ?? 0) + 1);

  // Time.
  const timed = unique.filter((a) => !Number.isNaN(a.sendNs));
  const jitter = jitterOf(timed);
  const jitterReceived = jitterOf(arrivals.filter((a) => !Number.isNaN(a.sendNs)));
  const delays = timed.map((a) => a.arrivalNs - a.sendNs);
  const minDelay = delays.length === 0 ? 0 : -largest(delays.map((d) => -d));
  const variations = delays.map((d) => d - minDelay);
  const delayOf = new Map(unique.map((a) => [a.count, a.arrivalNs - a.sendNs]));
  const pairs = s.filter((count) => delayOf.has(count - 1));
  const ipdv = pairs
    .map((count) => (delayOf.get(count) as number) - (delayOf.get(count - 1) as number))
    .filter((difference) => !Number.isNaN(difference));
  const spanNs = (arrivals.at(-1)?.arrivalNs ?? 0) - (arrivals[0]?.arrivalNs ?? 0);

  const statistics = {
    sent: first === null || stream.lastCount === null ? null : counts.length,
    received: arrivals.length,
    unique: s.length,
    lost: first === null ? null : losses.length,
    loss_ratio: share(losses.length, counts.length),
    duplicates: sum([...copies.values()].map((n) => n - 1)),
    replicated: [...copies.values()].filter((n) => n > 1).length,
    reordered: extents.length,
    reordered_ratio: share(extents.length, s.length),
    reorder_extent_max: largest([0, ...extents]),
    reorder_extent_mean: mean(extents),
    reorder_late_offset_max_us: lateOffsets.length === 0 ? null : us(largest(lateOffsets)),
    n_reordering_1: nReordered[0] as number,
    n_reordering_2: nReordered[1] as number,
    n_reordering_3: nReordered[2] as number,
    loss_periods: periods.length,
    loss_period_max: largest([0, ...periods]),
    loss_period_mean: mean(periods),
    loss_distance_mean: mean(distances),
    bursts: burstLengths.length,
    burst_density_ratio: share(burstLosses, sum(burstLengths)),
    gap_density_ratio: share(losses.length - burstLosses, sum(gapLengths)),
    burst_length_mean: mean(burstLengths),
    gap_length_mean: mean(gapLengths),
    corrupted: null,
    malformed: 0,
    outside_window: outside,
    before_first: before,
    unindexed: null,
    restarts: null,
    jitter_us: us(jitter?.last ?? null),
    jitter_mean_us: us(jitter?.mean ?? null),
    jitter_max_us: us(jitter?.max ?? null),
    jitter_received_us: us(jitterReceived?.last ?? null),
    jitter_received_mean_us: us(jitterReceived?.mean ?? null),
    jitter_received_max_us: us(jitterReceived?.max ?? null),
    delay_p50_us: us(percentile(delays, 500)),
    delay_p95_us: us(percentile(delays, 950)),
    delay_p99_us: us(percentile(delays, 990)),
    delay_p999_us: us(percentile(delays, 999)),
    delay_max_us: us(percentile(delays, 1000)),
    pdv_p50_us: us(percentile(variations, 500)),
    pdv_p95_us: us(percentile(variations, 950)),
    pdv_p99_us: us(percentile(variations, 990)),
    pdv_p999_us: us(percentile(variations, 999)),
    pdv_max_us: us(percentile(variations, 1000)),
    ipdv_pairs: pairs.length,
    ipdv_min_us: us(percentile(ipdv, 0)),
    ipdv_p50_us: us(percentile(ipdv, 500)),
    ipdv_p95_us: us(percentile(ipdv, 950)),
    ipdv_p99_us: us(percentile(ipdv, 990)),
    ipdv_p999_us: us(percentile(ipdv, 999)),
    ipdv_max_us: us(percentile(ipdv, 1000)),
    throughput_pps: spanNs > 0 ? (arrivals.length - 1) / (spanNs / 1e9) : null,
    throughput_bps: spanNs > 0 ? (sum(arrivals.slice(1).map((a) => a.sizeBytes)) * 8) / (spanNs / 1e9) : null,
  };
  return { statistics, density };
}
