/**
 * The closing table of `matchstream proxy`, as lines.
 */
import type { Protocol } from '../protocols/protocol.ts';
import { formatFlow } from '../proxy/flowLines.ts';
import { formatIgnored } from '../proxy/ignored.ts';
import type { ProxyReport } from '../proxy/startProxy.ts';
import { describeDrops, networkLines } from './logAndNetwork.ts';

export function formatProxyTable(report: ProxyReport, protocol: Protocol): string[] {
  const lines = report.flows.flatMap((flow) => [
    ...formatFlow(`flow ${flow.flow}`, flow),
    `flow ${flow.flow}: dropped by the kernel down: ${describeDrops(flow.kernelDown)}, up: ${describeDrops(flow.kernelUp)}`,
  ]);
  const { earlier } = report;
  if (earlier.flows > 0) lines.unshift(...formatFlow(`${earlier.flows} earlier flows`, earlier));
  if (lines.length === 0) lines.push('nothing was forwarded');
  return [...lines, ...formatIgnored(report.ignored, protocol), ...networkLines(report.network)];
}
