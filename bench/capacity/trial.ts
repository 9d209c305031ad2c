/**
 * One capacity trial: a session at a steady rate, to one client, directly or over a proxy without impairments.
 *
 * capacityFigures.ts evaluates it.
 */
import { sessionAccount } from '../../harness/judge/accounting.ts';
import { runSession } from '../../harness/session/session.ts';
import type { SessionResult } from '../../harness/session/session.ts';
import type { Mode } from '../../harness/session/startTask.ts';
import type { Progress } from '../../src/base/progress.ts';
import { rateOf } from '../../src/base/ranks.ts';
import { UNIMPAIRED } from '../../harness/impairment/impairment.ts';
import { plainSession } from '../plainSession.ts';
import type { TransportName } from '../resolveTransport.ts';
import type { CapacityPath, TrialFigures } from './capacityFigures.ts';

export interface TrialPlan {
  readonly path: CapacityPath;
  readonly transport: TransportName;
  readonly datagramBytes: number;
  readonly trialMs: number;
  readonly mode: Mode;
  /** Aborts the trial; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Where it says how far it is. Default: nowhere. */
  readonly progress?: Progress;
}

/**
 * A trial that takes this many times its duration is considered stuck; far above the capacity a trial takes a few times
 * its duration.
 */
const MAX_TIMES = 20;
const MIN_LIMIT_MS = 10_000;
const MIN_MESSAGES = 5;

/** The interval of a rate, in whole nanoseconds: other rates cannot be offered. */
export const intervalNsOf = (pps: number): number => Math.max(1, Math.round(1e9 / pps));

/** @throws EnvironmentError when the session does not end in its time */
export async function runTrial(plan: TrialPlan, pps: number): Promise<TrialFigures> {
  const intervalNs = intervalNsOf(pps);
  const messages = Math.max(MIN_MESSAGES, Math.round((plan.trialMs * 1e6) / intervalNs));
  const result = await runSession({
    ...plainSession({ messages, intervalNs, datagramBytes: plan.datagramBytes }),
    mode: plan.mode,
    impairment: plan.path === 'server-client' ? null : UNIMPAIRED,
    transport: plan.transport,
    streamLimitMs: Math.max(MAX_TIMES * plan.trialMs, MIN_LIMIT_MS),
    ...(plan.signal !== undefined && { signal: plan.signal }),
    ...(plan.progress !== undefined && { progress: plan.progress }),
  });
  // An incomplete trial is discarded.
  if (result.interrupted) plan.signal?.throwIfAborted();
  return trialFigures(result, messages, 1e9 / intervalNs);
}

function trialFigures(result: SessionResult, messages: number, pps: number): TrialFigures {
  const { server, clients } = result;
  const served = server.report.clients[0];
  const client = clients[0]?.report;
  const { startNs, lastSendNs } = server.report;
  const account = sessionAccount(result, 1);
  // Both rates as in throughput.csv, so that the received rate is at most the sent one.
  const rateUntil = (datagrams: number, arrivedNs: number | null): number | null =>
    startNs === null || lastSendNs === null || arrivedNs === null
      ? null
      : rateOf(datagrams, (Math.max(lastSendNs, arrivedNs) - startNs) / 1e9);
  return {
    offeredPps: pps,
    sentPps: rateUntil(served?.sent ?? 0, lastSendNs),
    receivedPps: rateUntil(client?.statistics.received ?? 0, client?.lastArrivalNs ?? null),
    refused: served?.refused ?? 0,
    lost: client?.lastCount === messages ? (client.statistics.lost ?? null) : null,
    dropsProxy: account.kernel_drops_proxy,
    dropsClient: account.kernel_drops_client,
    spoiltProxy: account.dropped + account.duplicated + account.refused + account.held_at_end,
    unexplained: account.unexplained,
  };
}
