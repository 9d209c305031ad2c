/**
 * A point of a throughput run as one row of throughput.csv: rates, shares, what set the limit, and a verdict.
 *
 * Arithmetic on what a session reported. It reads no clock, and never turns a figure that is missing into one.
 * docs/benchmarking.md has the definitions.
 */
import type { LedgerRow } from '../../harness/judge/accounting.ts';
import type { Verdict } from '../../harness/judge/compare.ts';
import type { TableRow } from '../../harness/report/tables.ts';
import { rateOf } from '../ranks.ts';
import type { StreamUsage } from '../../src/service/usageMeter.ts';

/** A process that ran a server or a client. */
export interface ProcessFigures {
  readonly stream: StreamUsage | null;
  readonly maxRssMib: number;
}

/** What was seen of one client. */
export interface ClientFigures {
  /** What was sent to it, arrived, and was dropped between. */
  readonly account: LedgerRow;
  /** Sends to it that failed. */
  readonly refused: number;
  /** Every copy that arrived. */
  readonly delivered: number;
  /** By the client's own count; null when it never learned the end. */
  readonly lost: number | null;
  /** When the last one arrived, on the clock of `firstDueNs`; null when none did. */
  readonly lastArrivalNs: number | null;
  /** Null in-process. */
  readonly process: ProcessFigures | null;
}

/** One session at one interval. */
export interface PointFigures {
  /** Time between messages, nanoseconds; 0 for flat out. */
  readonly intervalNs: number;
  readonly datagramBytes: number;
  /** Messages in the stream: as many datagrams to every client. */
  readonly messages: number;
  /** When the first datagram was due, and when the last was handed over; null when nothing was streamed. */
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

/** How far a rate may be from the one asked for and still count as reached. */
const RATE_TOLERANCE = 0.01;
/** Fewer messages make no rate. */
const MIN_MESSAGES = 5;

/**
 * Messages of a point: as many as fill the duration at its interval, but no more than fill it at `maxPps` messages
 * a second, and never too few. Flat out it is as many as that rate allows.
 */
export function messagesFor(intervalNs: number, durationNs: number, maxPps: number): number {
  const max = Math.ceil((durationNs / 1e9) * maxPps);
  const wanted = intervalNs === 0 ? max : Math.ceil(durationNs / intervalNs);
  return Math.max(Math.min(wanted, max), MIN_MESSAGES);
}

/** The sum; null when any is. */
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

/** Whether three counters that know nothing of each other agree: server, client, and, for what is missing, kernel. */
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
 * Of one client: what arrived, from the start that the sent rate has as well to when the last datagram was there and its
 * send was over. The kernel dates an arrival on loopback within the send, so the arrival alone would make the time shorter.
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

/** What kept the point from more, or from better. `reached`: the rate asked for; null for flat out. */
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
  // Deadlines are absolute and never in the future, so a stream that is too fast is as wrong as a lost datagram.
  if (!isAgreed || (ratio !== null && ratio > 1 + RATE_TOLERANCE)) return 'mismatch';
  if (isDropped) return 'kernel drop';
  return ratio !== null && ratio < 1 - RATE_TOLERANCE ? 'within' : 'match';
}

/**
 * Counts are those of all clients together, rates those of one client (the mean), shares of a processor and
 * memory those of the client that took the most.
 */
export function throughputRow(point: PointFigures): TableRow<'throughput'> {
  const { clients, intervalNs, lateness, server } = point;
  const accounts = clients.map(({ account }) => account);
  const isStreamed = point.firstDueNs !== null && point.lastSendNs !== null;
  const durationS = isStreamed ? ((point.lastSendNs as number) - (point.firstDueNs as number)) / 1e9 : 0;
  const { expectedPps, sentPps, receivedPps, ratio } = ratesOf(point, durationS);

  const sent = total(accounts.map((account) => account.sent));
  const lost = total(clients.map((client) => client.lost));
  const isWhole = isStreamed && sent !== null && lost !== null;
  // What the kernel refused to send was dropped as surely as what it could not deliver.
  const isDropped = clients.some(
    ({ account, refused }) => refused > 0 || (account.kernel_drops_client ?? 0) > 0,
  );
  const reached = expectedPps === null ? null : ratio !== null && ratio >= 1 - RATE_TOLERANCE;
  // Flat out everything is due at once, so there is nothing that could be late.
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
  };
}
