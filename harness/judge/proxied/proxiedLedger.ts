/**
 * The ledger of a proxy by itself: of each flow and direction, what came to it and where it went.
 *
 *     sent + duplicated = delivered + dropped + kernel_drops_proxy + refused + held_at_end + unexplained
 *
 * What the kernel drops at the receiver's socket comes after the exit: it is told, and no part of the sum.
 */
import { counted } from '../../../src/base/figures.ts';
import type { KernelDrops } from '../../../src/net/network.ts';
import type { Direction } from '../../impairment/schedule.ts';
import { droppedTotal } from '../../proxy/path/counters.ts';
import { latenessOf } from '../../proxy/path/lateness.ts';
import type { ProxiedFlow, ProxyReport } from '../../proxy/startProxy.ts';
import { ledgerCauseRows } from '../accounting.ts';
import type { LedgerCauseRow, LedgerRow } from '../accounting.ts';

export interface ProxiedLedger {
  readonly rows: readonly LedgerRow[];
  readonly causes: readonly LedgerCauseRow[];
  readonly remarks: readonly string[];
}

/** What the kernel dropped before it entered a flow; null where that is not known. */
function dropsBefore({ drops, coalesced }: KernelDrops, isAlone: boolean): number | null {
  if (drops === null || drops === 0) return drops;
  return coalesced || !isAlone ? null : drops;
}

/** @param directions those whose datagrams have indices */
export function proxiedLedger(
  { flows, earlier }: Pick<ProxyReport, 'flows' | 'earlier'>,
  directions: readonly Direction[],
): ProxiedLedger {
  const rows: LedgerRow[] = [];
  const causes: LedgerCauseRow[] = [];
  const remarks: string[] = [];
  const flowsOfPort = new Map<number, number>();
  for (const { listenPort } of flows) flowsOfPort.set(listenPort, (flowsOfPort.get(listenPort) ?? 0) + 1);
  for (const flow of flows) {
    for (const direction of directions) {
      const counters = flow[direction];
      const isAlone = direction === 'down' || (flowsOfPort.get(flow.listenPort) === 1 && earlier.flows === 0);
      const kernel = direction === 'down' ? flow.kernelDown : flow.kernelUp;
      const before = dropsBefore(kernel, isAlone);
      const name = `flow ${flow.flow} ${direction}`;
      remarks.push(...describeOthers(name, counters.control, counters.unindexed));
      if (kernel.drops !== null && kernel.drops > 0) remarks.push(describeBefore(name, kernel, isAlone));
      const isUsed = counters.arrived > 0 || (before ?? 0) > 0;
      if (!isUsed) continue;
      rows.push(rowOf(flow, direction, before, kernel));
      causes.push(
        ...ledgerCauseRows({
          flow: flow.flow,
          direction,
          client: null,
          sent: null,
          proxy: { counters, kernel },
          delivered: null,
          kernel,
        }),
      );
    }
  }
  if (earlier.flows > 0)
    remarks.push(
      `${counted(earlier.flows, 'flow')} that closed before the last thousand ${earlier.flows === 1 ? 'is' : 'are'} in no table: the closing table has the sums`,
    );
  return { rows, causes, remarks };
}

function rowOf(
  flow: ProxiedFlow,
  direction: Direction,
  before: number | null,
  kernel: KernelDrops,
): LedgerRow {
  const counters = flow[direction];
  const { arrived, duplicated, forwarded, refused, heldAtEnd } = counters;
  const dropped = droppedTotal(counters);
  const late = latenessOf(counters.late);
  return {
    flow: flow.flow,
    direction,
    client: null,
    sent: arrived + (before ?? 0),
    duplicated,
    dropped,
    kernel_drops_proxy: before,
    kernel_drops_client: flow.receiverDrops[direction],
    kernel_drop_events: kernel.drops,
    refused,
    held_at_end: heldAtEnd,
    delivered: forwarded,
    unexplained: arrived + duplicated - forwarded - dropped - refused - heldAtEnd,
    late_p50_us: late.p50Us ?? 'none',
    late_p99_us: late.p99Us ?? 'none',
    late_max_us: late.maxUs ?? 'none',
  };
}

/** What passes without a fate of its own is in no table. */
function describeOthers(name: string, control: number, unindexed: number): string[] {
  const parts = [
    ...(control > 0 ? [`${counted(control, 'control datagram')}`] : []),
    ...(unindexed > 0 ? [`${counted(unindexed, 'datagram')} without an index`] : []),
  ];
  if (parts.length === 0) return [];
  return [
    `${name}: besides, ${parts.join(' and ')} came, which ${control + unindexed === 1 ? 'is' : 'are'} in no table`,
  ];
}

function describeBefore(name: string, { drops, coalesced }: KernelDrops, isAlone: boolean): string {
  const many = coalesced ? `${drops} times 1 to 64 datagrams` : counted(drops ?? 0, 'datagram');
  const whose = isAlone ? '' : ', of all the flows of that port';
  const how = coalesced || !isAlone ? 'how many of its own is not measured' : 'they are in its ledger';
  return `${name}: the kernel dropped ${many}${whose} before the proxy could read them; ${how}`;
}
