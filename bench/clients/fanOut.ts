/**
 * One server and many clients at a steady rate: checks that every datagram is accounted for, and measures the server's
 * cost per datagram.
 */
import { sessionAccount } from '../../harness/judge/accounting.ts';
import { runSession } from '../../harness/session/session.ts';
import type { SessionResult } from '../../harness/session/session.ts';
import type { Mode } from '../../harness/session/startTask.ts';
import { plainSession } from '../plainSession.ts';
import type { TransportName } from '../resolveTransport.ts';
import { clientsPerProcess } from '../sharing.ts';

export interface FanOutPlan {
  readonly mode: Mode;
  readonly transport: TransportName;
  readonly clients: number;
  /** Messages a second, to each client. */
  readonly clientPps: number;
  readonly datagramBytes: number;
  readonly durationMs: number;
}

export interface FanOutFigures {
  readonly clients: number;
  /** Successful sends to all clients together. */
  readonly sent: number;
  readonly delivered: number;
  /** One sentence for each client with unaccounted datagrams. */
  readonly faults: readonly string[];
  /** Processor time of the server process per datagram while it streams; null in-process. */
  readonly serverCostUs: number | null;
  readonly latenessP99Us: number | null;
  /** Peak memory of a client process; null in-process. */
  readonly clientRssMib: number | null;
}

const TMAX_NS = 500e6;
/** Added to the stream's duration for the time limit, for busy machines. */
const SPARE_MS = 30_000;

/** Pacing sleeps and does not poll: polling takes a whole core at any rate. */
export async function measureFanOut(plan: FanOutPlan): Promise<FanOutFigures> {
  const { clients, durationMs, mode, transport } = plan;
  const intervalNs = 1e9 / plan.clientPps;
  const messages = Math.max(2, Math.round((durationMs * 1e6) / intervalNs));
  const result = await runSession({
    ...plainSession({ messages, intervalNs, datagramBytes: plan.datagramBytes }),
    mode,
    clients,
    clientsPerProcess: clientsPerProcess(clients),
    pacing: 'sleep',
    tmaxNs: TMAX_NS,
    transport,
    streamLimitMs: durationMs + SPARE_MS,
  });
  return figuresOf(result, messages);
}

function figuresOf(result: SessionResult, messages: number): FanOutFigures {
  const { server, clients } = result;
  const faults: string[] = [];
  const served = new Map(server.report.clients.map((client) => [client.id, client]));
  let sent = 0;
  let delivered = 0;
  for (const [k, { report }] of clients.entries()) {
    const ours = served.get(k + 1);
    const account = sessionAccount(result, k + 1);
    sent += account.sent ?? 0;
    delivered += account.delivered ?? 0;
    const isClosed =
      account.unexplained === 0 &&
      (ours?.sent ?? 0) + (ours?.refused ?? 0) === messages &&
      report.lastCount === messages &&
      report.statistics.lost === messages - (account.delivered ?? 0);
    if (!isClosed) {
      faults.push(
        `client ${k + 1} (${report.reason}): ${ours?.sent ?? 'unknown'} sent, ${account.delivered ?? 'unknown'} delivered, ` +
          `${account.unexplained ?? 'unknown'} unexplained, end ${report.lastCount ?? 'unknown'} of ${messages}`,
      );
    }
  }
  const cpuSeconds = server.usage?.stream?.cpuSeconds ?? null;
  return {
    clients: clients.length,
    sent,
    delivered,
    faults,
    serverCostUs: cpuSeconds === null || sent === 0 ? null : (cpuSeconds * 1e6) / sent,
    latenessP99Us: server.report.lateness.p99Us,
    clientRssMib: clients.reduce<number | null>(
      (max, { usage }) => (usage === null ? max : Math.max(max ?? 0, usage.maxRssMib)),
      null,
    ),
  };
}
