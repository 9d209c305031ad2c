/**
 * The throughput run: one streaming session per interval, on real sockets, without a proxy.
 *
 * It writes no file; throughputFigures.ts computes the figures.
 */
import type { TableRow } from '../../harness/report/tables.ts';
import { sessionAccount } from '../../harness/judge/accounting.ts';
import { runSession } from '../../harness/session/session.ts';
import type { SessionResult } from '../../harness/session/session.ts';
import type { Mode } from '../../harness/session/startTask.ts';
import { NO_PROGRESS, UNREAD, during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { formatDurationNs } from '../../src/base/quantities.ts';
import type { CatchUp } from '../../src/net/pacer.ts';
import type { Pacing } from '../../src/net/driver.ts';
import { plainSession } from '../plainSession.ts';
import { clientsPerProcess } from '../sharing.ts';
import { resolveTransport } from '../resolveTransport.ts';
import type { TransportName } from '../resolveTransport.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import { messagesFor, throughputRow } from './throughputFigures.ts';
import type { ClientFigures, PointFigures } from './throughputFigures.ts';

export interface ThroughputPlan {
  /** Times between messages, nanoseconds, one point each; 0 is flat out. */
  readonly intervalsNs: readonly number[];
  readonly clients: number;
  /** Which of several runs of the same points it is; default 1. */
  readonly round?: number;
  /** Every datagram is padded to this size, MIN_DATAGRAM_BYTES or more. */
  readonly datagramBytes: number;
  /** How long each point streams, milliseconds; less if MAX_PPS limits it. */
  readonly durationMs: number;
  readonly mode: Mode;
  readonly pacing: Pacing;
  /** Default burst. */
  readonly catchUp?: CatchUp;
  /** The transport; default: the fastest that works here. */
  readonly transport?: TransportChoice;
  /** How long clients listen after the end, nanoseconds. */
  readonly tmaxNs: number;
  /** Called after each point; false makes it the last one. */
  readonly onRow?: (row: TableRow<'throughput'>) => unknown;
  /** Aborts the run; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Where it says which point it is at, and how far that is. Default: nowhere. */
  readonly progress?: Progress;
}

/** Limit of messages a second, about what each transport sends, so that every point ends in time. */
const MAX_PPS = { node: 250_000, linux: 1_000_000 } as const;
/** With more clients than this, the limit is divided among them. */
const MAX_FULL_CLIENTS = 3;
/** Room for the longest message of the bank with any count and media time. */
export const MIN_DATAGRAM_BYTES = 768;
/** A session that is slower than this is considered stuck. */
const MIN_PPS = 2000;

/** Runs the points one after the other. Throws EnvironmentError when a session does not end in its time. */
export async function runThroughput(plan: ThroughputPlan): Promise<TableRow<'throughput'>[]> {
  const rows: TableRow<'throughput'>[] = [];
  const transport = await resolveTransport(plan.transport ?? 'auto');
  const points = plan.intervalsNs.length;
  for (const [k, intervalNs] of plan.intervalsNs.entries()) {
    const name = intervalNs === 0 ? 'flat out' : formatDurationNs(intervalNs);
    const step = `${name} (point ${k + 1} of ${points})`;
    const figures = await during(plan.progress ?? NO_PROGRESS, step, UNREAD, () =>
      measurePoint(plan, transport, intervalNs),
    );
    const row = throughputRow(figures, plan.round);
    rows.push(row);
    if (plan.onRow?.(row) === false) break;
  }
  return rows;
}

async function measurePoint(
  plan: ThroughputPlan,
  transport: TransportName,
  intervalNs: number,
): Promise<PointFigures> {
  const { clients, datagramBytes, mode, pacing, tmaxNs } = plan;
  const maxPps = MAX_PPS[transport] * Math.min(1, MAX_FULL_CLIENTS / clients);
  const messages = messagesFor(intervalNs, plan.durationMs * 1e6, maxPps);
  const result = await runSession({
    ...plainSession({ messages, intervalNs, datagramBytes }),
    mode,
    clients,
    clientsPerProcess: clientsPerProcess(clients),
    pacing,
    ...(plan.catchUp !== undefined && { catchUp: plan.catchUp }),
    tmaxNs,
    transport,
    streamLimitMs: (messages * intervalNs + tmaxNs) / 1e6 + (1000 * messages * clients) / MIN_PPS,
    ...(plan.signal !== undefined && { signal: plan.signal }),
    ...(plan.progress !== undefined && { progress: plan.progress }),
  });
  // An incomplete point is discarded.
  if (result.interrupted) plan.signal?.throwIfAborted();
  return pointFigures(result, { intervalNs, datagramBytes, messages });
}

function pointFigures(
  result: SessionResult,
  about: Pick<PointFigures, 'intervalNs' | 'datagramBytes' | 'messages'>,
): PointFigures {
  const { server, clients } = result;
  return {
    ...about,
    firstDueNs: server.report.startNs,
    lastSendNs: server.report.lastSendNs,
    lateness: server.report.lateness,
    server: server.usage,
    clients: clients.map(({ client, report, usage }): ClientFigures => ({
      account: sessionAccount(result, client),
      refused: server.report.clients.find(({ id }) => id === client)?.refused ?? 0,
      delivered: report.statistics.received ?? 0,
      lost: report.lastCount === null ? null : report.statistics.lost,
      lastArrivalNs: report.lastArrivalNs,
      process: usage,
    })),
  };
}
