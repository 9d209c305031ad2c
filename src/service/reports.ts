/**
 * The final reports of a server and a client, read from their endpoints on any network.
 */
import { METRIC_NAMES, METRICS } from '../metrics/catalogue.ts';
import type { Statistics } from '../metrics/catalogue.ts';
import { StreamMetrics } from '../metrics/streamMetrics.ts';
import type { Peer } from '../net/batch.ts';
import type { ClientEndpoint, EndReason } from '../stream/clientEndpoint.ts';
import type { ServerCounters, ServerEndpoint } from '../stream/serverEndpoint.ts';
import type { Host, KernelDrops, NetworkReport } from '../net/network.ts';
import type { Lateness } from './lateness.ts';

export interface ServedClient {
  readonly id: number;
  readonly peer: Peer;
  readonly original: boolean;
  readonly nextCount: number;
  readonly sent: number;
  readonly refused: number;
  readonly endCount: number;
  readonly leftBecause: string | null;
}

export interface ServerReport {
  /** When the first datagram was due, nanoseconds since the run's epoch; null when nothing was streamed. */
  readonly startNs: number | null;
  /** When the last send was made, nanoseconds since the run's epoch; null when nothing was streamed. */
  readonly lastSendNs: number | null;
  readonly lastCount: number;
  readonly clients: readonly ServedClient[];
  readonly counters: ServerCounters;
  readonly lateness: Lateness;
  /** Intervals left empty after late wake-ups; 0 unless the server catches up by skipping. */
  readonly skippedIntervals: number;
  /** Requests dropped at the server's socket. */
  readonly kernel: KernelDrops;
  readonly network: NetworkReport;
}

export interface ClientReport {
  /** The id the server gave; null when it never registered, or speaks the original protocol. */
  readonly client: number | null;
  readonly reason: EndReason;
  /** The server's reason for its refusal (src/protocol); null if the client registered or got no answer. */
  readonly refusal: string | null;
  /** First count promised; null without a promise. */
  readonly nextCount: number | null;
  /** Last count announced; null without an end. */
  readonly lastCount: number | null;
  readonly statistics: Statistics;
  /** Displacement → unique arrivals with it (RFC 5236). */
  readonly reorderDensity: readonly (readonly [number, number])[];
  /** When the last datagram arrived, nanoseconds since the run's epoch; null without an arrival. */
  readonly lastArrivalNs: number | null;
  /** Datagrams from anyone but the server. */
  readonly foreign: number;
  /** Datagrams dropped at the client's socket. */
  readonly kernel: KernelDrops;
  readonly network: NetworkReport;
  readonly local: Peer;
  readonly tmaxNs: number;
}

const orNull = (timeNs: number): number | null => (Number.isNaN(timeNs) ? null : timeNs);

/** @param lastSendNs when the stream ended, nanoseconds; NaN when it never began */
export function serverReport(
  endpoint: ServerEndpoint,
  lastSendNs: number,
  lateness: Lateness,
  about: Pick<ServerReport, 'kernel' | 'network'>,
): ServerReport {
  return {
    startNs: orNull(endpoint.startNs),
    lastSendNs: orNull(lastSendNs),
    lastCount: endpoint.lastCount,
    clients: servedClients(endpoint),
    counters: endpoint.counters,
    lateness,
    skippedIntervals: endpoint.skippedIntervals,
    ...about,
  };
}

/** All clients so far: those that have left, then those that are there. */
export const servedClients = (endpoint: ServerEndpoint): ServedClient[] =>
  endpoint.members().map((member) => ({
    id: member.id,
    peer: member.peer,
    original: member.original,
    nextCount: member.nextCount,
    sent: member.sent,
    refused: member.refused,
    endCount: member.endCount,
    leftBecause: member.leftBecause,
  }));

/** @param metrics null when the client never registered and nothing arrived */
export function clientReport(
  endpoint: ClientEndpoint,
  metrics: StreamMetrics | null,
  about: Pick<ClientReport, 'kernel' | 'network' | 'local' | 'tmaxNs'> & { readonly check: boolean },
): ClientReport {
  const { check, ...rest } = about;
  const measured = metrics ?? new StreamMetrics({ firstCount: null, verifiesCheck: check });
  measured.finish(endpoint.lastCount);
  return {
    client: endpoint.clientId,
    reason: endpoint.reason ?? 'interrupted',
    refusal: endpoint.refusal,
    nextCount: endpoint.nextCount,
    lastCount: endpoint.lastCount,
    statistics: measured.statistics(),
    reorderDensity: [...measured.reorderDensity()],
    lastArrivalNs: measured.lastArrivalNs,
    foreign: endpoint.foreign,
    ...rest,
  };
}

/**
 * The statistics with one-way delays relative to the real start of the stream. A client does not know the start, so its
 * delays are relative to an arbitrary origin, and only their variation is meaningful.
 * @param startNs when the first datagram was due on the client's clock, nanoseconds; null: delays are not measured
 */
export function delaysSince(statistics: Statistics, startNs: number | null): Statistics {
  const since = { ...statistics };
  for (const name of METRIC_NAMES) {
    const value = statistics[name];
    if (METRICS[name].timing !== 'delay' || value === null) continue;
    since[name] = startNs === null ? null : value - startNs / 1e3;
  }
  return since;
}

/** The network's figures of one port and of the host; to be read before closing. */
export const networkFigures = (
  host: Host,
  port: number,
): { readonly kernel: KernelDrops; readonly network: NetworkReport } => ({
  kernel: host.kernelDrops(port),
  network: host.report(),
});
