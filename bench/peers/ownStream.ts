/**
 * Our stream as a contender: server and client in separate processes, every count metric computed, every datagram
 * accounted for.
 */
import { sessionAccount } from '../../harness/judge/accounting.ts';
import { runSession } from '../../harness/session/session.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import type { Pacing } from '../../src/net/driver.ts';
import { plainSession } from '../plainSession.ts';
import type { TransportName } from '../resolveTransport.ts';
import { DATAGRAM_BYTES } from './sample.ts';
import type { Sample } from './sample.ts';

/** The expected rate of each transport for the first round. */
const FIRST_GUESS_PPS: Readonly<Record<TransportName, number>> = { node: 100_000, linux: 2_000_000 };
const MIN_MESSAGES = 1000;
const MIN_PACED_MESSAGES = 20;
/** A round that takes this many times its duration is considered stuck. */
const MAX_TIMES = 20;

/**
 * Flat-out rounds of about that duration. The length of a stream is given in messages, so each round takes the number
 * that fills the duration at the rate of the round before; its sample has the real duration.
 */
export function ownStream(transport: TransportName, durationS: number): () => Promise<Sample> {
  let expectedPps = FIRST_GUESS_PPS[transport];
  return async () => {
    const messages = Math.max(MIN_MESSAGES, Math.round(expectedPps * durationS));
    const sample = await streamOnce(transport, { messages, intervalNs: 0, pacing: 'hybrid' }, durationS);
    if (sample.sentPps !== null) expectedPps = sample.sentPps;
    return sample;
  };
}

/** Rounds of that duration at an interval; lateness is measured by the server, from the deadline to the send. */
export const ownSteadyStream =
  (transport: TransportName, intervalNs: number, pacing: Pacing, durationS: number) =>
  (): Promise<Sample> => {
    const messages = Math.max(MIN_PACED_MESSAGES, Math.ceil((durationS * 1e9) / intervalNs));
    return streamOnce(transport, { messages, intervalNs, pacing }, (messages * intervalNs) / 1e9);
  };

interface OwnRound {
  readonly messages: number;
  /** 0 is flat out. */
  readonly intervalNs: number;
  readonly pacing: Pacing;
}

async function streamOnce(transport: TransportName, round: OwnRound, durationS: number): Promise<Sample> {
  const { messages, intervalNs, pacing } = round;
  const result = await runSession({
    ...plainSession({ messages, intervalNs, datagramBytes: DATAGRAM_BYTES }),
    pacing,
    transport,
    streamLimitMs: MAX_TIMES * durationS * 1e3,
  });
  const { server, clients } = result;
  const { startNs, lastSendNs, lateness } = server.report;
  const client = clients[0]?.report;
  const served = server.report.clients[0];
  if (client === undefined || served === undefined || startNs === null || lastSendNs === null)
    throw new EnvironmentError('bench-failed', 'the stream never began');
  const { statistics } = client;
  const delivered = statistics.received ?? 0;
  const account = sessionAccount(result, 1);
  const faults: string[] = [];
  if (client.lastCount !== messages) faults.push('the client did not learn the end');
  if (account.unexplained !== 0) faults.push(`${account.unexplained ?? 'unknown'} datagrams unexplained`);
  if (served.sent + served.refused !== messages) faults.push('the server did not send all it had');
  if (statistics.lost !== messages - delivered)
    faults.push(`${statistics.lost ?? 'unknown'} lost by the client's count of ${messages - delivered}`);
  const durationSent = (lastSendNs - startNs) / 1e9;
  const isPaced = intervalNs > 0;
  // At a steady rate n datagrams span n − 1 intervals: the first one only starts the clock.
  const marked = isPaced ? served.sent - 1 : served.sent;
  const usage = server.usage?.stream ?? null;
  return {
    durationS: durationSent,
    sentPps: durationSent > 0 ? marked / durationSent : null,
    receivedPps: statistics.throughput_pps,
    lossRatio: served.sent === 0 ? null : (served.sent - delivered) / served.sent,
    lateP50Us: isPaced ? lateness.p50Us : null,
    lateP99Us: isPaced ? lateness.p99Us : null,
    cpuRatio: usage === null || usage.wallSeconds <= 0 ? null : usage.cpuSeconds / usage.wallSeconds,
    faults,
  };
}
