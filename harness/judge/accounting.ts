/**
 * The ledger: where every datagram went, per flow, direction and client.
 *
 * It adds up counters and never estimates one: a counter that could not be read is null, explains nothing, and is
 * written as not measured.
 *
 *     sent + duplicated = delivered + dropped + kernel_drops_proxy + kernel_drops_client
 *                         + refused + held_at_end + unexplained
 */
import type { KernelDrops } from '../../src/net/network.ts';
import { DROP_CAUSES } from '../impairment/causes.ts';
import { droppedTotal } from '../proxy/path/counters.ts';
import type { DirectionCounters } from '../proxy/path/counters.ts';
import { latenessOf } from '../proxy/path/lateness.ts';
import type { ProxiedFlow } from '../proxy/startProxy.ts';
import { NO_LATENESS } from '../../src/service/lateness.ts';
import type { SessionResult } from '../session/session.ts';

export interface LedgerInput {
  readonly flow: number;
  readonly direction: string;
  /** Null at a proxy by itself. */
  readonly client: number | null;
  /** Successful sends; null if the sender's count is not available. */
  readonly sent: number | null;
  /** The proxy's counters, and the kernel's at its socket; null if the stream went directly to the client. */
  readonly proxy: { readonly counters: DirectionCounters; readonly kernel: KernelDrops } | null;
  /** All arriving copies, including corrupted ones; null if the receiver's count is not available. */
  readonly delivered: number | null;
  /** Of the client's socket. */
  readonly kernel: KernelDrops;
}

/** A row of ledger.csv. */
export interface LedgerRow {
  readonly flow: number;
  readonly direction: string;
  readonly client: number | null;
  readonly sent: number | null;
  readonly duplicated: number;
  readonly dropped: number;
  readonly kernel_drops_proxy: number | null;
  readonly kernel_drops_client: number | null;
  readonly kernel_drop_events: number | null;
  readonly refused: number;
  readonly held_at_end: number;
  readonly delivered: number | null;
  readonly unexplained: number | null;
  /** How late the proxy sent, microseconds; `none` without a proxy, or where nothing was sent. */
  readonly late_p50_us: number | 'none';
  readonly late_p99_us: number | 'none';
  readonly late_max_us: number | 'none';
}

/** A row of ledger_causes.csv. */
export interface LedgerCauseRow {
  readonly flow: number;
  readonly direction: string;
  readonly client: number | null;
  readonly cause: string;
  readonly count: number;
}

/** A socket whose counter was not read. */
const NOT_ASKED: KernelDrops = { drops: null, coalesced: false };

/** Maximum number of datagrams that the kernel joins into one. */
const MAX_COALESCED = 64;

/**
 * How many of the missing datagrams the kernel's counter explains.
 *
 * A plain socket counts every datagram, including control, so it explains at most its count. A coalescing socket counts
 * a batch of 1 to 64 as one: it explains all missing datagrams if counter ≤ missing ≤ 64 × counter, and none otherwise.
 *
 * @returns null if the counter could not be read
 */
export function attributeKernelDrops(drop: {
  readonly missing: number;
  readonly counter: number | null;
  readonly coalesced: boolean;
}): number | null {
  const { missing, counter, coalesced } = drop;
  if (counter === null) return null;
  if (missing <= 0) return 0;
  if (!coalesced) return Math.min(missing, counter);
  return counter <= missing && missing <= MAX_COALESCED * counter ? missing : 0;
}

const missingBetween = (before: number | null, after: number | null): number | null =>
  before === null || after === null ? null : before - after;

const kernelDrops = (missing: number | null, kernel: KernelDrops): number | null =>
  missing === null
    ? null
    : attributeKernelDrops({ missing, counter: kernel.drops, coalesced: kernel.coalesced });

/** One row of the ledger; `unexplained` is null only if an end of the stream could not be asked. */
export function ledgerRow(input: LedgerInput): LedgerRow {
  const { sent, delivered, proxy } = input;
  const { counters = null, kernel: kernelProxy = NOT_ASKED } = proxy ?? {};
  const duplicated = counters?.duplicated ?? 0;
  const dropped = counters === null ? 0 : droppedTotal(counters);
  const refused = counters?.refused ?? 0;
  const heldAtEnd = counters?.heldAtEnd ?? 0;

  const forwarded = counters === null ? sent : counters.arrived + duplicated - dropped - refused - heldAtEnd;
  const dropsProxy = counters === null ? 0 : kernelDrops(missingBetween(sent, counters.arrived), kernelProxy);
  const dropsClient = kernelDrops(missingBetween(forwarded, delivered), input.kernel);
  const eventsProxy = counters === null ? 0 : kernelProxy.drops;
  const late = counters === null ? NO_LATENESS : latenessOf(counters.late);
  return {
    flow: input.flow,
    direction: input.direction,
    client: input.client,
    sent,
    duplicated,
    dropped,
    kernel_drops_proxy: dropsProxy,
    kernel_drops_client: dropsClient,
    kernel_drop_events:
      eventsProxy === null || input.kernel.drops === null ? null : eventsProxy + input.kernel.drops,
    refused,
    held_at_end: heldAtEnd,
    delivered,
    unexplained:
      sent === null || delivered === null
        ? null
        : sent +
          duplicated -
          delivered -
          dropped -
          (dropsProxy ?? 0) -
          (dropsClient ?? 0) -
          refused -
          heldAtEnd,
    late_p50_us: late.p50Us ?? 'none',
    late_p99_us: late.p99Us ?? 'none',
    late_max_us: late.maxUs ?? 'none',
  };
}

/** The causes behind `dropped`, in the given order, without those that dropped nothing. */
export function ledgerCauseRows(input: LedgerInput): LedgerCauseRow[] {
  const { flow, direction, client, proxy } = input;
  if (proxy === null) return [];
  return DROP_CAUSES.flatMap((cause, code) => {
    const count = proxy.counters.droppedByCause[code] as number;
    return count > 0 ? [{ flow, direction, client, cause, count }] : [];
  });
}

/** The client's flow through the proxy; undefined if there was none. */
export const flowOf = ({ proxy }: SessionResult, client: number): ProxiedFlow | undefined =>
  proxy?.report.flows.find(({ flow }) => flow === client);

/**
 * Why a client saw too little of the stream to be compared with all of it; null if it saw enough. A client that never
 * registered was promised nothing, and one that had to be asked to leave may have missed datagrams under way. A client
 * that stopped receiving is a fault, unless the server's control datagrams are impaired too.
 */
export function cutOff(result: SessionResult, client: number): string | null {
  const reason = result.clients.find((entry) => entry.client === client)?.report.reason ?? 'interrupted';
  const isImpaired = (flowOf(result, client)?.control ?? null) !== null;
  const isCut = reason === 'no answer' || reason === 'no place' || reason === 'interrupted';
  return isCut || (reason === 'server silent' && isImpaired) ? reason : null;
}

/** The counts of server, proxy and client for one client's stream; clients are numbered from 1. */
export function ledgerInput(result: SessionResult, client: number): LedgerInput {
  const report = result.clients.find((entry) => entry.client === client)?.report;
  const flow = flowOf(result, client);
  const served = result.server.report.clients.find(({ id }) => id === client);
  // Nobody counted what arrived after it had left.
  const isHeard = report !== undefined && cutOff(result, client) === null;
  return {
    flow: client,
    direction: 'down',
    client,
    sent: served?.sent ?? null,
    proxy: flow === undefined ? null : { counters: flow.down, kernel: flow.kernelDown },
    delivered: isHeard ? (report.statistics.received ?? 0) + (report.statistics.corrupted ?? 0) : null,
    kernel: report?.kernel ?? NOT_ASKED,
  };
}

/** The account of one client of a session. */
export const sessionAccount = (result: SessionResult, client: number): LedgerRow =>
  ledgerRow(ledgerInput(result, client));
