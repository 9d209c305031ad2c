/**
 * The closing table of `matchstream proxy`, as lines: the total, then the flows that matter.
 */
import { sum } from '../../src/base/figures.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { KernelDrops } from '../../src/net/network.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { addFlows, noFlows } from '../proxy/flows/closedFlows.ts';
import { droppedTotal } from '../proxy/path/counters.ts';
import type { DirectionCounters } from '../proxy/path/counters.ts';
import { formatFlow } from '../proxy/told/flowLines.ts';
import { formatIgnored } from '../proxy/told/ignored.ts';
import { describeLate } from '../proxy/path/lateness.ts';
import type { ProxiedFlow, ProxyReport } from '../proxy/startProxy.ts';
import { describeDrops, networkLines } from './logAndNetwork.ts';

/** Number of flows that are printed one by one. */
const MAX_SHOWN = 8;
/** The rule by which they are chosen, as `byRule` applies it. */
const RULE =
  'first those with datagrams refused, held at the end, dropped by the kernel or touched by a bound, then those that lost most';

/** @param logPath the log, which has every flow; null for none */
export function formatProxyTable(
  report: ProxyReport,
  { protocol, impairment }: { readonly protocol: Protocol; readonly impairment: Impairment },
  logPath: string | null,
): string[] {
  const ignored = formatIgnored(report.ignored, protocol);
  const log = logPath === null ? [] : [`log: ${logPath}`];
  return [
    ...flowLines(report, impairment, logPath),
    ...portLines(report),
    ...ignored,
    ...networkLines(report.network),
    ...log,
  ];
}

/** Once a port, whatever the number of its flows; of many ports only those where there is something to tell. */
function portLines({ ports }: ProxyReport): string[] {
  const told = ports.length <= MAX_SHOWN ? ports : ports.filter(({ kernel }) => kernel.drops !== 0);
  return told
    .slice(0, MAX_SHOWN)
    .map(({ local, kernel }) => `port ${at(local)}: dropped by the kernel up: ${describeDrops(kernel)}`);
}

/** Of several sockets; unknown where one of them is. */
const addDrops = (all: readonly KernelDrops[]): KernelDrops => ({
  drops: all.reduce<number | null>(
    (total, { drops }) => (total === null || drops === null ? null : total + drops),
    0,
  ),
  coalesced: all.some(({ coalesced }) => coalesced),
});

function flowLines(
  { ports, flows, earlier }: ProxyReport,
  impairment: Impairment,
  logPath: string | null,
): string[] {
  const total = noFlows(earlier.control !== null);
  for (const more of [earlier, ...flows]) addFlows(total, more);
  if (total.flows === 0) return ['nothing was forwarded'];
  const down = addDrops([
    ...flows.map(({ kernelDown }) => kernelDown),
    { drops: earlier.kernelDropsDown, coalesced: false },
  ]);
  const up = addDrops(ports.map(({ kernel }) => kernel));
  const lines = [
    ...formatFlow('total', total),
    `total: dropped by the kernel down: ${describeDrops(down)}, up: ${describeDrops(up)}`,
    ...lateNotes(total, impairment),
  ];
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
      `${name}: dropped by the kernel down: ${describeDrops(flow.kernelDown)}`,
    );
  }
  return lines;
}

/** Says where the machine was so late that it matters. */
const lateNotes = (total: Readonly<Record<Direction, DirectionCounters>>, impairment: Impairment): string[] =>
  (['down', 'up'] as const).flatMap((direction) => {
    const late = describeLate(total[direction].late, impairment[direction]);
    return late === null ? [] : [`note: ${direction}: ${late}`];
  });

const at = ({ address, port }: Peer): string => formatHostPort(address, port);

/** What met with something that no knob asks for. The counter of a listening port is not of one flow. */
const troubled = ({ up, down, upstreamRefusals, kernelDown: { drops } }: ProxiedFlow): number =>
  troubles(up) + troubles(down) + upstreamRefusals + (drops ?? 0);

const troubles = ({ refused, heldAtEnd, struck }: DirectionCounters): number =>
  refused + heldAtEnd + sum(Object.values(struck));

const lost = ({ up, down }: ProxiedFlow): number => droppedTotal(up) + droppedTotal(down);

const byRule = (a: ProxiedFlow, b: ProxiedFlow): number =>
  troubled(b) - troubled(a) || lost(b) - lost(a) || a.flow - b.flow;
