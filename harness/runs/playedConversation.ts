/**
 * The result of playing one side of a conversation: figures and differences, and whether it passes.
 */
import { EnvironmentError } from '../../src/base/errors.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import { sum } from '../../src/base/figures.ts';
import { METRIC_NAMES } from '../../src/metrics/catalogue.ts';
import type { MetricName, Statistics } from '../../src/metrics/catalogue.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { NetworkReport } from '../../src/net/network.ts';
import type { ProxyReport } from '../proxy/startProxy.ts';
import type { ClientSide } from '../recording/conversation/clientSide.ts';
import type { Compared, FlowTally } from '../recording/conversation/comparison.ts';
import type { Conversation } from '../recording/conversation/conversation.ts';
import type { Difference } from '../recording/conversation/difference.ts';
import type { ServerSide } from '../recording/conversation/serverSide.ts';

/** Percentiles of times, nanoseconds. */
export interface Times {
  readonly p50Ns: number;
  readonly p99Ns: number;
}

export interface PlayedFlow extends FlowTally {
  /** Datagrams sent: of the client's side requests, of the server's side answers. */
  readonly sent: number;
  /** Datagrams that the system did not take. */
  readonly unsent: number;
  /** From a request to its answer; null where none came, and for the server's side. */
  readonly roundTrip: Times | null;
  /** The same in the recording, of all its answers. */
  readonly recorded: Times | null;
}

export interface PlayedConversation extends Omit<Compared, 'tallies'> {
  readonly side: 'clients' | 'server';
  readonly flows: readonly PlayedFlow[];
  /** Whether all was played. */
  readonly isComplete: boolean;
  readonly arrivals: number;
  /** What a reader of the figures should know. */
  readonly notes: readonly string[];
  readonly network: NetworkReport;
  /** The report of the proxy on the way; null without one. */
  readonly proxied: ProxyReport | null;
}

/** @throws EnvironmentError if nothing answered at all, though there were answers to expect */
export function playedClients(
  side: ClientSide,
  conversation: Conversation,
  server: Peer,
  network: NetworkReport,
  proxied: ProxyReport | null,
): PlayedConversation {
  const { exchanges, sentNs } = side;
  const { requestOf } = exchanges;
  const wasSent = (row: number): boolean => !Number.isNaN(sentNs[requestOf[row] as number]);
  const { tallies, ...compared } = side.answers.settle(wasSent, requestOf);
  const isAnswered = side.arrivals + side.strangers > 0 || (proxied !== null && hasAnswered(proxied));
  if (!isAnswered && tallies.some(({ expected }) => expected > 0)) throw noAnswer(server, side);
  const live = timesOf(conversation, (row) => side.roundTripNs[row] as number);
  const recorded = timesOf(conversation, (row) =>
    conversation.upward[row] === 1
      ? Number.NaN
      : (conversation.timesNs[row] as number) - (conversation.timesNs[requestOf[row] as number] as number),
  );
  const sent = countSent(conversation, sentNs);
  return {
    ...compared,
    side: 'clients',
    flows: tallies.map((tally, k) => ({
      ...tally,
      sent: sent[k] as number,
      unsent: side.unsent[k] as number,
      roundTrip: live[k] ?? null,
      recorded: recorded[k] ?? null,
    })),
    isComplete: side.isComplete,
    arrivals: side.arrivals,
    notes: notesOf(server, side),
    network,
    proxied,
  };
}

const datagrams = (count: number): string => `${count} datagram${count === 1 ? '' : 's'}`;

function notesOf(server: Peer, { timeouts, strangers, refusals }: ClientSide): string[] {
  const where = formatHostPort(server.address, server.port);
  const notes: string[] = [];
  if (timeouts > 0) {
    const often = timeouts === 1 ? 'once' : `${timeouts} times`;
    notes.push(`lockstep: ${often} an answer was waited for in vain, until --answer-timeout`);
  }
  if (strangers > 0) notes.push(`not compared: ${datagrams(strangers)} from another address than ${where}`);
  if (refusals > 0) notes.push(`refused by ${where}: ${datagrams(refusals)}, for nobody had the port then`);
  return notes;
}

export function playedServer(
  side: ServerSide,
  conversation: Conversation,
  network: NetworkReport,
  proxied: ProxyReport | null,
): PlayedConversation {
  const { tallies, ...compared } = side.requests.settle(() => true, null);
  return {
    ...compared,
    side: 'server',
    flows: tallies.map((tally, k) => ({
      ...tally,
      sent: side.sent[k] as number,
      unsent: side.unsent[k] as number,
      roundTrip: null,
      recorded: null,
    })),
    isComplete: side.isComplete,
    arrivals: side.arrivals,
    notes: [],
    network,
    proxied,
  };
}

const hasAnswered = ({ flows }: ProxyReport): boolean =>
  flows.some(({ down }) => down.arrived + down.control + down.unindexed > 0);

function noAnswer(server: Peer, { refusals }: ClientSide): EnvironmentError {
  const where = formatHostPort(server.address, server.port);
  return new EnvironmentError(
    'no-server',
    refusals > 0
      ? `--to ${where}: nobody has that port; start the server first, or name where it listens`
      : `--to ${where}: nothing answers; check the address, that the server runs, and that no firewall is between`,
  );
}

function countSent({ flows, flowOf }: Conversation, sentNs: Float64Array): Float64Array {
  const sent = new Float64Array(flows.length);
  for (const [row, timeNs] of sentNs.entries()) {
    if (Number.isNaN(timeNs)) continue;
    const flow = flowOf[row] as number;
    sent[flow] = (sent[flow] as number) + 1;
  }
  return sent;
}

/** Percentiles by flow, by nearest rank. @param timeOf the time of a row; NaN for none */
function timesOf({ flows, flowOf, count }: Conversation, timeOf: (row: number) => number): (Times | null)[] {
  const found: number[][] = flows.map(() => []);
  for (let row = 0; row < count; row += 1) {
    const timeNs = timeOf(row);
    if (!Number.isNaN(timeNs)) found[flowOf[row] as number]?.push(timeNs);
  }
  return found.map((times) => {
    if (times.length === 0) return null;
    times.sort((one, other) => one - other);
    const at = (share: number): number => times[Math.ceil(share * times.length) - 1] as number;
    return { p50Ns: at(0.5), p99Ns: at(0.99) };
  });
}

/**
 * How a kind of difference counts. Unimpaired, an answer that is missing or comes again fails the run, and a request that
 * comes again; a request that was not asked does not. With impairment on the way, only what was never recorded does.
 */
export function isFault({ side, proxied }: PlayedConversation, { kind }: Difference): boolean {
  if (kind === 'missing') return proxied === null && side === 'clients';
  return kind !== 'repeated' || proxied === null;
}

/** Number of differences that fail the run. */
export function faultCount({
  flows,
  ofNoFlow,
  side,
  proxied,
}: Omit<PlayedConversation, 'differences'>): number {
  const isClean = proxied === null;
  return (
    ofNoFlow +
    sum(
      flows.map(
        ({ different, additional, repeated, missing }) =>
          different + additional - (isClean ? 0 : repeated) + (isClean && side === 'clients' ? missing : 0),
      ),
    )
  );
}

/** The metrics that are known of a flow: what was expected, and what came of it. */
export const CONVERSATION_METRICS: readonly MetricName[] = [
  'sent',
  'received',
  'unique',
  'lost',
  'loss_ratio',
  'duplicates',
];

/** A flow's figures by the names of the metrics: `sent` is what had to arrive. */
export function statisticsOf(flow: PlayedFlow): Statistics {
  const known: Partial<Record<MetricName, number | null>> = {
    sent: flow.expected,
    received: flow.arrived,
    unique: flow.same,
    lost: flow.missing,
    loss_ratio: flow.expected === 0 ? null : flow.missing / flow.expected,
    duplicates: flow.repeated,
  };
  return Object.fromEntries(METRIC_NAMES.map((name) => [name, known[name] ?? null])) as Statistics;
}
