/**
 * Evaluates a capacity trial, and summarises many of them as one row of capacity.csv.
 *
 * Arithmetic on the reports of sessions. docs/benchmarking.md has the definitions.
 */
import type { TableRow } from '../../harness/report/tables.ts';
import { percentile } from '../../src/base/ranks.ts';

/** The result of one session at one offered rate. */
export interface TrialFigures {
  readonly offeredPps: number;
  /** By the server's counter and clock; null when nothing was streamed. */
  readonly sentPps: number | null;
  /** By the client's counter, from the same start; null with fewer than two arrivals. */
  readonly receivedPps: number | null;
  /** Sends of the server that the kernel refused. */
  readonly refused: number;
  /** By the client's metrics; null when it never learned the end. */
  readonly lost: number | null;
  /** Kernel drops at the proxy's socket; null where unknown, 0 without a proxy. */
  readonly dropsProxy: number | null;
  readonly dropsClient: number | null;
  /** Datagrams that the proxy received but did not forward exactly once: refused, held, dropped or duplicated. */
  readonly spoiltProxy: number;
  /** Datagrams that no counter accounts for; null when the report of one end is missing. */
  readonly unexplained: number | null;
}

/** The path of the stream. */
export type CapacityPath = 'server-client' | 'server-proxy-client';

/** A server that sends at less than this part of the rate did not offer it. */
export const MIN_RATE_RATIO = 0.99;

const isOffered = ({ sentPps, offeredPps }: TrialFigures): boolean =>
  sentPps !== null && sentPps >= MIN_RATE_RATIO * offeredPps;

/** A failed condition of a trial. */
export interface Failure {
  /** `rate`: the requested rate was not offered; `loss`: datagrams are missing; `count`: the counters do not agree. */
  readonly kind: 'rate' | 'loss' | 'count';
  /** `the server sent 1200000/s of it (80 %)`. */
  readonly words: string;
}

/** All failed conditions; empty for a trial that passed: no loss at the requested rate, and all counters agree. */
export function failuresOf(trial: TrialFigures): Failure[] {
  const { sentPps, offeredPps, refused, lost, spoiltProxy, unexplained } = trial;
  const failures: Failure[] = [];
  const add = (kind: Failure['kind'], words: string): void => void failures.push({ kind, words });
  if (sentPps === null) add('rate', 'the server streamed nothing');
  else if (!isOffered(trial))
    add('rate', `the server sent ${Math.round(sentPps)}/s of it (${partOf(sentPps, offeredPps)})`);
  if (refused > 0) add('loss', `the kernel refused to send ${refused}`);
  if (spoiltProxy > 0) add('loss', `the proxy did not pass ${spoiltProxy} on as they were`);
  if (lost === null) add('count', 'the client never learned the end, so what it lost is unknown');
  else if (lost > 0) add('loss', `${lost} lost${whereDropped(trial)}`);
  if (unexplained === null) add('count', 'one end could not be asked, so the counters cannot be compared');
  else if (unexplained !== 0) add('count', `${unexplained} unexplained`);
  return failures;
}

/** Rounded down, so that 98.97 % is not shown as 99 %. */
const partOf = (pps: number, ofPps: number): string => `${Math.floor((1000 * pps) / ofPps) / 10} %`;

/** The sockets at which the kernel dropped datagrams. */
function whereDropped({ dropsProxy, dropsClient }: TrialFigures): string {
  const places = [
    ...((dropsProxy ?? 0) > 0 ? [`${dropsProxy} of them at the proxy's socket`] : []),
    ...((dropsClient ?? 0) > 0 ? [`${dropsClient} of them at the client's socket`] : []),
  ];
  return places.length === 0 ? '' : `, ${places.join(' and ')}`;
}

export const passes = (trial: TrialFigures): boolean => failuresOf(trial).length === 0;

/**
 * Why a trial failed, by the counters: they show whose buffer overflowed, but not which part was too slow.
 */
export function limitedBy(trial: TrialFigures): string {
  const limits: string[] = [];
  if (!isOffered(trial) || trial.refused > 0) limits.push('sender');
  if ((trial.dropsProxy ?? 0) > 0) limits.push('kernel buffer at the proxy');
  if (trial.spoiltProxy > 0) limits.push('proxy');
  if ((trial.dropsClient ?? 0) > 0) limits.push('kernel buffer at the client');
  // Datagrams or the end were lost and no buffer dropped them: a counter is wrong.
  const isLost = trial.lost === null || trial.lost > trial.refused;
  if (isLost && !limits.some((limit) => limit !== 'sender')) limits.push('receiver');
  return limits.length === 0 ? 'nothing' : limits.join(' and ');
}

/**
 * @param trials the trials at the capacity; empty if no rate held
 * @param failing the failed trial at the lowest rate; null if none failed
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
  /** Undefined without a trial. */
  const of = (figure: number | null): number | 'none' | null => (trials.length === 0 ? 'none' : figure);
  return {
    path: about.path,
    datagram_bytes: about.datagramBytes,
    trials: trials.length,
    capacity_pps: trials[0]?.offeredPps ?? 'none',
    received_p1_pps: of(percentile(received, 0.01)),
    received_median_pps: of(percentile(received, 0.5)),
    received_p99_pps: of(percentile(received, 0.99)),
    lossless_ratio: of(trials.filter(passes).length / trials.length),
    limited_by: failing === null ? 'nothing' : limitedBy(failing),
  };
}
