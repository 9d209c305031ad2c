/**
 * Loss as a pattern over the whole stream: periods and distances (RFC 3357), bursts and gaps (RFC 3611, 4.7.2).
 *
 * Definitions over the whole list of lost positions, without running state.
 */

/** Received datagrams in a row that end a burst (RFC 3611's recommended Gmin). */
const GMIN = 16;

interface LossPattern {
  readonly lost: number;
  readonly loss_periods: number;
  readonly loss_period_max: number;
  readonly loss_period_mean: number | null;
  readonly loss_distance_mean: number | null;
  readonly bursts: number;
  readonly burst_density_ratio: number | null;
  readonly gap_density_ratio: number | null;
  readonly burst_length_mean: number | null;
  readonly gap_length_mean: number | null;
}

/** A ratio or mean; null over nothing. */
export const quotient = (sum: number, count: number): number | null => (count === 0 ? null : sum / count);

/** Spans of neighbouring losses, at most `reach` apart: [first lost, last lost, losses]. */
function* clusters(lost: Uint32Array, reach: number): Generator<[number, number, number]> {
  for (let from = 0; from < lost.length;) {
    let to = from;
    while (to + 1 < lost.length && (lost[to + 1] as number) - (lost[to] as number) <= reach) to += 1;
    yield [lost[from] as number, lost[to] as number, to - from + 1];
    from = to + 1;
  }
}

/**
 * @param lost positions of the lost datagrams, rising, from 0
 * @param size datagrams in the stream
 */
export function lossPattern(lost: Uint32Array, size: number): LossPattern {
  let periods = 0;
  let periodMax = 0;
  for (const [, , losses] of clusters(lost, 1)) {
    periods += 1;
    periodMax = Math.max(periodMax, losses);
  }

  let bursts = 0;
  let burstLength = 0;
  let burstLosses = 0;
  let gaps = 0;
  let gapStart = 0;
  // Two losses belong to one cluster when fewer than Gmin datagrams were received between them.
  for (const [first, last, losses] of clusters(lost, GMIN)) {
    if (losses < 2) continue;
    bursts += 1;
    burstLength += last - first + 1;
    burstLosses += losses;
    if (first > gapStart) gaps += 1;
    gapStart = last + 1;
  }
  if (size > gapStart) gaps += 1;

  return {
    lost: lost.length,
    loss_periods: periods,
    loss_period_max: periodMax,
    loss_period_mean: quotient(lost.length, periods),
    // The distances between neighbours add up to the distance between the ends.
    loss_distance_mean:
      lost.length < 2 ? null : ((lost.at(-1) as number) - (lost[0] as number)) / (lost.length - 1),
    bursts,
    burst_density_ratio: quotient(burstLosses, burstLength),
    gap_density_ratio: quotient(lost.length - burstLosses, size - burstLength),
    burst_length_mean: quotient(burstLength, bursts),
    gap_length_mean: quotient(size - burstLength, gaps),
  };
}
