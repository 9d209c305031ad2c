/**
 * A capacity trial judged, and many of them as one row of capacity.csv.
 *
 * Arithmetic on what sessions reported. docs/benchmarking.md has the definitions.
 */
import type { TableRow } from '../../harness/report/tables.ts';
import { percentile } from '../ranks.ts';

/** What one session at one offered rate came to. */
export interface TrialFigures {
  readonly offeredPps: number;
  /** By the server's count and clock; null when nothing was streamed. */
  readonly sentPps: number | null;
  /** By the client's, from the same start; null where fewer than two arrived. */
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
export const MIN_RATE_RATIO = 0.99;

const isOffered = ({ sentPps, offeredPps }: TrialFigures): boolean =>
  sentPps !== null && sentPps >= MIN_RATE_RATIO * offeredPps;

/** A condition of a trial that did not hold. */
export interface Failure {
  /** `rate`: not as much was offered as was asked for; `loss`: not all of it arrived; `count`: the counters do not agree. */
  readonly kind: 'rate' | 'loss' | 'count';
  /** `the server sent 1200000/s of it (80 %)`. */
  readonly words: string;
}

/** Every condition that did not hold; none where it passed: zero loss at the rate asked for, and every counter agrees. */
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

/** Never rounded up to what was asked for: 98.97 % is not 99 %. */
const partOf = (pps: number, ofPps: number): string => `${Math.floor((1000 * pps) / ofPps) / 10} %`;

/** Which sockets the kernel says it dropped them at. */
function whereDropped({ dropsProxy, dropsClient }: TrialFigures): string {
  const places = [
    ...((dropsProxy ?? 0) > 0 ? [`${dropsProxy} of them at the proxy's socket`] : []),
    ...((dropsClient ?? 0) > 0 ? [`${dropsClient} of them at the client's socket`] : []),
  ];
  return places.length === 0 ? '' : `, ${places.join(' and ')}`;
}

export const passes = (trial: TrialFigures): boolean => failuresOf(trial).length === 0;

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
  /** Without a trial there is nothing to take it over. */
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
