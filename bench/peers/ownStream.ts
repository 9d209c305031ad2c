/**
 * Our own stream as a contender: server and client in processes of their own, flat out, every count metric computed.
 *
 * An edge module by way of the runner.
 */
import { ledgerRow } from '../../harness/ledger/accounting.ts';
import { runSession } from '../../harness/runner/session.ts';
import { EnvironmentError } from '../../src/errors.ts';
import { plainSession } from '../plainSession.ts';
import type { TransportName } from '../throughput/resolveTransport.ts';
import { DATAGRAM_BYTES } from './sample.ts';
import type { Sample } from './sample.ts';

/** Before anything was measured, about what each transport streams. */
const FIRST_GUESS_PPS: Readonly<Record<TransportName, number>> = { node: 100_000, linux: 2_000_000 };
const LEAST_MESSAGES = 1000;
/** A machine that takes so many times the duration is stuck. */
const MOST_TIMES = 20;

/**
 * Gives rounds of about that duration. A stream's length is given in messages, so each round takes as many as the last
 * round's rate fills the duration with; what it really took is in its sample.
 */
export function ownStream(transport: TransportName, durationS: number): () => Promise<Sample> {
  let expectedPps = FIRST_GUESS_PPS[transport];
  return async () => {
    const messages = Math.max(LEAST_MESSAGES, Math.round(expectedPps * durationS));
    const sample = await streamOnce(transport, messages, durationS);
    if (sample.sentPps !== null) expectedPps = sample.sentPps;
    return sample;
  };
}

async function streamOnce(transport: TransportName, messages: number, durationS: number): Promise<Sample> {
  const { server, clients } = await runSession({
    ...plainSession({ messages, intervalNs: 0, datagramBytes: DATAGRAM_BYTES }),
    transport,
    streamLimitMs: MOST_TIMES * durationS * 1e3,
  });
  const { startNs, lastSendNs } = server.report;
  const client = clients[0]?.report;
  const served = server.report.clients[0];
  if (client === undefined || served === undefined || startNs === null || lastSendNs === null)
    throw new EnvironmentError('the stream never began');
  const { statistics } = client;
  const delivered = statistics.received ?? 0;
  const account = ledgerRow({
    flow: 1,
    direction: 'down',
    client: 1,
    sent: served.sent,
    proxy: null,
    delivered,
    kernel: client.kernel,
  });
  const faults: string[] = [];
  if (client.lastCount !== messages) faults.push('the client did not learn the end');
  if (account.unexplained !== 0) faults.push(`${account.unexplained ?? 'unknown'} datagrams unexplained`);
  if (served.sent + served.refused !== messages) faults.push('the server did not send all it had');
  if (statistics.lost !== messages - delivered)
    faults.push(`${statistics.lost ?? 'unknown'} lost by the client's count of ${messages - delivered}`);
  const durationSent = (lastSendNs - startNs) / 1e9;
  return {
    durationS: durationSent,
    sentPps: durationSent > 0 ? served.sent / durationSent : null,
    receivedPps: statistics.throughput_pps,
    lossRatio: served.sent === 0 ? null : (served.sent - delivered) / served.sent,
    lateP50Us: null,
    lateP99Us: null,
    faults,
  };
}
