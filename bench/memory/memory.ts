/**
 * Peak memory of server, proxy and client, each a process of its own, over a long stream.
 */
import { sessionAccount } from '../../harness/judge/accounting.ts';
import { runSession } from '../../harness/session/session.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import { UNIMPAIRED } from '../../harness/impairment/impairment.ts';
import { plainSession } from '../plainSession.ts';
import type { TransportName } from '../resolveTransport.ts';

export const ROLES = ['server', 'proxy', 'client'] as const;
export type Role = (typeof ROLES)[number];

export interface MemoryFigures {
  readonly messages: number;
  readonly delivered: number | null;
  readonly seconds: number;
  /** Peak memory of the process, MiB. */
  readonly peakMib: Readonly<Record<Role, number>>;
  /** One sentence for each discrepancy of the counters. */
  readonly faults: readonly string[];
}

const DATAGRAM_BYTES = 1200;
/** Intervals at which a quiet machine forwards without loss, so that nearly all datagrams take the whole path. */
const INTERVAL_NS = { node: 25e3, linux: 5e3 } as const;
const TMAX_NS = 500e6;
/** A session that is slower than this is considered stuck. */
const MIN_PPS = 10_000;
const MIN_LIMIT_MS = 20_000;

export async function measureMemory(transport: TransportName, messages: number): Promise<MemoryFigures> {
  const startedAt = performance.now();
  const result = await runSession({
    ...plainSession({ messages, intervalNs: INTERVAL_NS[transport], datagramBytes: DATAGRAM_BYTES }),
    impairment: UNIMPAIRED,
    tmaxNs: TMAX_NS,
    transport,
    streamLimitMs: Math.max(MIN_LIMIT_MS, (1000 * messages) / MIN_PPS),
  });
  const seconds = (performance.now() - startedAt) / 1e3;
  const { server, proxy, clients } = result;
  const client = clients[0];
  const served = server.report.clients[0];
  if (client === undefined || served === undefined)
    throw new EnvironmentError('bench-failed', 'the stream never began');
  const account = sessionAccount(result, 1);
  const faults: string[] = [];
  if (served.sent + served.refused !== messages) faults.push('the server did not send all it had');
  if (account.unexplained !== 0) faults.push(`${account.unexplained ?? 'unknown'} datagrams unexplained`);
  return {
    messages,
    delivered: account.delivered,
    seconds,
    peakMib: {
      server: server.usage?.maxRssMib ?? Number.NaN,
      proxy: proxy?.usage?.maxRssMib ?? Number.NaN,
      client: client.usage?.maxRssMib ?? Number.NaN,
    },
    faults,
  };
}
