/**
 * A capacity trial judged, and many of them as one row of capacity.csv.
 *
 * Pure arithmetic on what sessions reported. docs/benchmarking.md has the definitions.
 */
import type { TableRow } from '../../harness/report/tables.ts';
import { percentile } from '../statistics.ts';

/** What one session at one offered rate came to. */
export interface TrialFigures {
  readonly offeredPps: number;
  /** By the server's count and clock; null when nothing was streamed. */
  readonly sentPps: number | null;
  /** By the client's; null where its arrivals have one time. */
  readonly receivedPps: number | null;
  /** Sends that the kernel refused the server. */
  readonly refused: number;
  /** By the client's count; null when it never learned the end. */
  readonly lost: number | null;
  /** At the proxy's socket, of those that are missing; null where the kernel does not say, 0 without a proxy. */
  readonly dropsProxy: number | null;
  readonly dropsClient: number | null;
  /** What the proxy took and did not pass on, as it should have: refused, held, dropped, or sent twice. */
  readonly spoiltProxy: number;
  /** Datagrams that no counter accounts for; null where one end could not be asked. */
  readonly unexplained: number | null;
}

/** Over which the stream went. */
export type CapacityPath = 'server-client' | 'server-proxy-client';

/** A server that sends at less than this part of the rate has not offered it. */
const LEAST_RATE_RATIO = 0.99;

const isOffered = ({ sentPps, offeredPps }: TrialFigures): boolean =>
  sentPps !== null && sentPps >= LEAST_RATE_RATIO * offeredPps;

/** Zero loss at the rate that was asked for, and every counter agrees. */
export const passes = (trial: TrialFigures): boolean =>
  isOffered(trial) &&
  trial.lost === 0 &&
  trial.refused === 0 &&
  trial.spoiltProxy === 0 &&
  trial.unexplained === 0;

/**
 * What made a trial fail, told by the counters: who was too slow to keep a buffer from filling is not told, only
 * whose buffer it was.
 */
export function limitedBy(trial: TrialFigures): string {
  const limits: string[] = [];
  if (!isOffered(trial) || trial.refused > 0) limits.push('sender');
  if ((trial.dropsProxy ?? 0) > 0) limits.push('kernel buffer at the proxy');
  if (trial.spoiltProxy > 0) limits.push('proxy');
  if ((trial.dropsClient ?? 0) > 0) limits.push('kernel buffer at the client');
  // Lost, or never told the end, and no buffer has it: whoever should have counted it did not.
  const isLost = trial.lost === null || trial.lost > trial.refused;
  if (isLost && !limits.some((limit) => limit !== 'sender')) limits.push('receiver');
  return limits.length === 0 ? 'nothing' : limits.join(' and ');
}

/**
 * @param trials those at the capacity itself; none where no rate held
 * @param failing the trial that failed at the lowest rate; null where none failed
 */
export function capacityRow(
  about: { readonly path: CapacityPath; readonly datagramBytes: number },
  trials: readonly TrialFigures[],
  failing: TrialFigures | null,
): TableRow<'capacity'> {
  const received = trials
    .map(({ receivedPps }) => receivedPps)
    .filter((pps) => pps !== null)
    .toSorted((a, b) => a - b);
  return {
    path: about.path,
    datagram_bytes: about.datagramBytes,
    trials: trials.length,
    capacity_pps: trials[0]?.offeredPps ?? null,
    received_p1_pps: percentile(received, 0.01),
    received_median_pps: percentile(received, 0.5),
    received_p99_pps: percentile(received, 0.99),
    lossless_ratio: trials.length === 0 ? null : trials.filter(passes).length / trials.length,
    limited_by: failing === null ? 'nothing' : limitedBy(failing),
  };
}
