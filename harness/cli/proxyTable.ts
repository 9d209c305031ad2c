/**
 * The closing table of `matchstream proxy`, as lines: the total, then the flows that matter.
 */
import { sum } from '../../src/base/figures.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { addFlows, noFlows } from '../proxy/closedFlows.ts';
import { droppedTotal } from '../proxy/counters.ts';
import type { DirectionCounters } from '../proxy/counters.ts';
import { formatFlow } from '../proxy/flowLines.ts';
import { formatIgnored } from '../proxy/ignored.ts';
import type { ProxiedFlow, ProxyReport } from '../proxy/startProxy.ts';
import { describeDrops, networkLines } from './logAndNetwork.ts';

/** Number of flows that are printed one by one. */
const MAX_SHOWN = 8;
/** The rule by which they are chosen, as `byRule` applies it. */
const RULE =
  'first those with datagrams refused, held at the end, dropped by the kernel or touched by a bound, then those that lost most';

/** @param logPath the log, which has every flow; null for none */
export function formatProxyTable(report: ProxyReport, protocol: Protocol, logPath: string | null): string[] {
  const ignored = formatIgnored(report.ignored, protocol);
  const log = logPath === null ? [] : [`log: ${logPath}`];
  return [...flowLines(report, logPath), ...ignored, ...networkLines(report.network), ...log];
}

function flowLines({ flows, earlier }: ProxyReport, logPath: string | null): string[] {
  const total = noFlows(earlier.control !== null);
  for (const more of [earlier, ...flows]) addFlows(total, more);
  if (total.flows === 0) return ['nothing was forwarded'];
  const lines = formatFlow('total', total);
  const isAll = total.flows <= MAX_SHOWN;
  const shown = isAll ? flows : flows.toSorted(byRule).slice(0, MAX_SHOWN);
  if (!isAll) {
    const where =
      logPath === null ? '--log FILE keeps the figures of every flow' : `every flow is in ${logPath}`;
    lines.push(`${shown.length} of ${total.flows} flows follow, ${RULE}; ${where}`);
  }
  for (const flow of shown) {
    const name = `flow ${flow.flow}`;
    lines.push(
      `${name}: client ${at(flow.client)}, upstream ${at(flow.upstream)}`,
      ...formatFlow(name, flow),
      `${name}: dropped by the kernel down: ${describeDrops(flow.kernelDown)}, up: ${describeDrops(flow.kernelUp)}`,
    );
  }
  return lines;
}

const at = ({ address, port }: Peer): string => formatHostPort(address, port);

/** What met with something that no knob asks for. The counter of a listening port is not of one flow. */
const troubled = ({ up, down, upstreamRefusals, kernelDown: { drops } }: ProxiedFlow): number =>
  troubles(up) + troubles(down) + upstreamRefusals + (drops ?? 0);

const troubles = ({ refused, heldAtEnd, struck }: DirectionCounters): number =>
  refused + heldAtEnd + sum(Object.values(struck));

const lost = ({ up, down }: ProxiedFlow): number => droppedTotal(up) + droppedTotal(down);

const byRule = (a: ProxiedFlow, b: ProxiedFlow): number =>
  troubled(b) - troubled(a) || lost(b) - lost(a) || a.flow - b.flow;
