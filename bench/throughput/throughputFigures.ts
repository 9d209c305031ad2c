/**
 * A point of a throughput run as one row of throughput.csv: rates, processor shares, the limiting part, and a verdict.
 *
 * Arithmetic on a session's report. It never replaces a missing figure by a number. docs/benchmarking.md has the
 * definitions.
 */
import type { LedgerRow } from '../../harness/judge/accounting.ts';
import type { Verdict } from '../../harness/judge/compare.ts';
import type { TableRow } from '../../harness/report/tables.ts';
import { rateOf } from '../../src/base/ranks.ts';
import type { StreamUsage } from '../../src/service/usageMeter.ts';

/** Usage of a server or client process. */
export interface ProcessFigures {
  readonly stream: StreamUsage | null;
  readonly maxRssMib: number;
}

/** The figures of one client. */
export interface ClientFigures {
  /** Datagrams sent to it, received, and dropped in between. */
  readonly account: LedgerRow;
  /** Failed sends to it. */
  readonly refused: number;
  /** Arrivals, duplicates included. */
  readonly delivered: number;
  /** By the client's metrics; null when it never learned the end. */
  readonly lost: number | null;
  /** Time of the last arrival, on the clock of `firstDueNs`; null without an arrival. */
  readonly lastArrivalNs: number | null;
  /** Null in-process. */
  readonly process: ProcessFigures | null;
}

/** One session at one interval. */
export interface PointFigures {
  /** Time between messages, nanoseconds; 0 for flat out. */
  readonly intervalNs: number;
  readonly datagramBytes: number;
  /** Messages in the stream: one datagram to every client for each. */
  readonly messages: number;
  /** When the first datagram was due, and when the last was passed to the transport; null when nothing was streamed. */
  readonly firstDueNs: number | null;
  readonly lastSendNs: number | null;
  readonly lateness: {
    readonly p50Us: number | null;
    readonly p99Us: number | null;
    readonly maxUs: number | null;
  };
  /** Null in-process. */
  readonly server: ProcessFigures | null;
  readonly clients: readonly ClientFigures[];
}

/** Tolerated relative difference between a rate and the requested one. */
const RATE_TOLERANCE = 0.01;
/** The minimum for a meaningful rate. */
const MIN_MESSAGES = 5;

/**
 * Messages of a point: as many as fill the duration at its interval, but at most those at `maxPps` messages a second,
 * and at least MIN_MESSAGES. Flat out it is the number at `maxPps`.
 */
export function messagesFor(intervalNs: number, durationNs: number, maxPps: number): number {
  const max = Math.ceil((durationNs / 1e9) * maxPps);
  const wanted = intervalNs === 0 ? max : Math.ceil(durationNs / intervalNs);
  return Math.max(Math.min(wanted, max), MIN_MESSAGES);
}

/** The sum; null if any value is null. */
function total(values: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const value of values) {
    if (value === null) return null;
    sum += value;
  }
  return sum;
}

const mean = (values: readonly (number | null)[]): number | null => {
  const sum = total(values);
  return sum === null || values.length === 0 ? null : sum / values.length;
};

const largest = (values: readonly (number | null)[]): number | null =>
  total(values) === null ? null : Math.max(...(values as readonly number[]));

const cpuPercent = (process: ProcessFigures | null): number | null => {
  const usage = process?.stream ?? null;
  return usage === null || usage.wallSeconds <= 0 ? null : (100 * usage.cpuSeconds) / usage.wallSeconds;
};

/** Whether three independent counters agree: server, client, and for missing datagrams the kernel. */
function countsAgree({ clients, messages }: PointFigures): boolean {
  return clients.every(
    ({ account, delivered, lost, refused }) =>
      account.unexplained === 0 &&
      (account.sent ?? 0) + refused === messages &&
      lost === messages - delivered,
  );
}

interface Rates {
  readonly expectedPps: number | null;
  readonly sentPps: number | null;
  readonly receivedPps: number | null;
  readonly ratio: number | null;
}

/**
 * The arrival rate of one client. The time starts with that of the sent rate and ends when the last datagram has
 * arrived and its send has returned. On loopback the kernel's arrival time lies within the send, so the arrival time
 * alone would be too early.
 */
function arrivalRate(
  { delivered, lastArrivalNs }: ClientFigures,
  { firstDueNs, lastSendNs }: PointFigures,
): number | null {
  if (lastArrivalNs === null || firstDueNs === null || lastSendNs === null) return null;
  return rateOf(delivered, (Math.max(lastArrivalNs, lastSendNs) - firstDueNs) / 1e9);
}

function ratesOf(point: PointFigures, durationS: number): Rates {
  const sent = mean(point.clients.map(({ account }) => account.sent));
  const sentPps = sent === null ? null : rateOf(sent, durationS);
  const expectedPps = point.intervalNs === 0 ? null : 1e9 / point.intervalNs;
  return {
    expectedPps,
    sentPps,
    receivedPps: mean(point.clients.map((client) => arrivalRate(client, point))),
    ratio: expectedPps === null || sentPps === null ? null : sentPps / expectedPps,
  };
}

/** What limited the point. `reached`: whether the requested rate was reached; null for flat out. */
function limitsOf(point: PointFigures, isDropped: boolean, reached: boolean | null): string {
  const limits: string[] = [];
  const lateNs = (point.lateness.p50Us ?? 0) * 1e3;
  if (reached === false && lateNs > point.intervalNs) limits.push('sender');
  else if (reached !== null && (!reached || lateNs > point.intervalNs)) limits.push('timer');
  if (isDropped) limits.push('kernel buffer');
  else if (reached === null) limits.push('sender');
  return limits.length === 0 ? 'nothing' : limits.join(' and ');
}

function verdictOf(isWhole: boolean, isAgreed: boolean, isDropped: boolean, ratio: number | null): Verdict {
  if (!isWhole) return 'not measured';
  // Deadlines are absolute and nothing is sent before its deadline, so a rate that is too high is an error like a lost
  // datagram.
  if (!isAgreed || (ratio !== null && ratio > 1 + RATE_TOLERANCE)) return 'mismatch';
  if (isDropped) return 'kernel drop';
  return ratio !== null && ratio < 1 - RATE_TOLERANCE ? 'within' : 'match';
}

/**
 * Counts are sums over all clients, rates are means per client, processor shares and memory are the maximum over the
 * clients.
 */
export function throughputRow(point: PointFigures, round = 1): TableRow<'throughput'> {
  const { clients, intervalNs, lateness, server } = point;
  const accounts = clients.map(({ account }) => account);
  const isStreamed = point.firstDueNs !== null && point.lastSendNs !== null;
  const durationS = isStreamed ? ((point.lastSendNs as number) - (point.firstDueNs as number)) / 1e9 : 0;
  const { expectedPps, sentPps, receivedPps, ratio } = ratesOf(point, durationS);

  const sent = total(accounts.map((account) => account.sent));
  const lost = total(clients.map((client) => client.lost));
  const isWhole = isStreamed && sent !== null && lost !== null;
  // A refused send is a drop, like a datagram that the kernel could not deliver.
  const isDropped = clients.some(
    ({ account, refused }) => refused > 0 || (account.kernel_drops_client ?? 0) > 0,
  );
  const reached = expectedPps === null ? null : ratio !== null && ratio >= 1 - RATE_TOLERANCE;
  // Flat out everything is due at once, so lateness is undefined.
  const late = (valueUs: number | null) => (intervalNs === 0 ? 'none' : valueUs);
  return {
    interval_us: intervalNs / 1e3,
    clients: clients.length,
    datagram_bytes: point.datagramBytes,
    duration_s: durationS,
    expected_messages: point.messages * clients.length,
    sent,
    received: total(clients.map((client) => client.delivered)),
    lost,
    kernel_drops: total(accounts.map((account) => account.kernel_drops_client)),
    unexplained: total(accounts.map((account) => account.unexplained)),
    expected_pps: expectedPps,
    sent_pps: sentPps,
    received_pps: receivedPps,
    rate_ratio: ratio,
    late_p50_us: late(lateness.p50Us),
    late_p99_us: late(lateness.p99Us),
    late_max_us: late(lateness.maxUs),
    server_cpu_percent: cpuPercent(server),
    client_cpu_percent: largest(clients.map((client) => cpuPercent(client.process))),
    server_rss_mib: server?.maxRssMib ?? null,
    client_rss_mib: largest(clients.map((client) => client.process?.maxRssMib ?? null)),
    limited_by: isWhole ? limitsOf(point, isDropped, reached) : 'a client that did not see the end',
    verdict: verdictOf(isWhole, countsAgree(point), isDropped, ratio),
    round,
  };
}
