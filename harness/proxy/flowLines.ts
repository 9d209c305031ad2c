/**
 * The figures of a flow, or the sum of several, as lines for people: for the log and for the closing table.
 */
import { DROP_CAUSES } from '../impairment/causes.ts';
import type { FlowReport } from './closedFlows.ts';
import type { DirectionCounters } from './counters.ts';

/**
 * The lines for a flow, or for the sum of several.
 * @param name the beginning of each line
 */
export function formatFlow(
  name: string,
  {
    down,
    up,
    streams,
    control,
    boundStruck,
    upstreamRefusals,
  }: Pick<FlowReport, 'down' | 'up' | 'control' | 'boundStruck' | 'upstreamRefusals'> &
    Partial<Pick<FlowReport, 'streams'>>,
): string[] {
  const lines = [
    `${name} down: ${formatDirection(down)}`,
    ...formatStreams(`${name} down`, streams?.down),
    `${name} up: ${formatDirection(up)}`,
    ...formatStreams(`${name} up`, streams?.up),
  ];
  if (control !== null) {
    lines.push(`${name} down, control: ${formatDirection(control.down)}`);
    lines.push(`${name} up, control: ${formatDirection(control.up)}`);
  }
  const held = down.heldAtEnd + up.heldAtEnd;
  if (held > 0)
    lines.push(
      `${name}: ${held} still held when --hold-max was over, after the end was asked for: they never left`,
    );
  if (upstreamRefusals > 0)
    lines.push(`${name}: ${upstreamRefusals} refused by the upstream (ICMP), as far as the system told`);
  if (boundStruck > 0)
    lines.push(`${name}: a bound struck ${boundStruck} times, so the order is not the scheduled one`);
  return lines;
}

/** One line per stream, if there are several: the line of the direction is their sum. */
const formatStreams = (name: string, streams: readonly DirectionCounters[] = []): string[] =>
  streams.length < 2
    ? []
    : streams.map((counters, k) => `${name}, stream ${k + 1}: ${formatFates(counters)}`);

/** All counts of a direction, including zeros, so that the line adds up. */
const formatDirection = (counters: DirectionCounters): string =>
  `${formatFates(counters)}, ${counters.control} control, ${counters.unindexed} without an index`;

/** What happened to datagrams with an index. */
function formatFates(counters: DirectionCounters): string {
  const causes: string[] = [];
  for (const [code, cause] of DROP_CAUSES.entries()) {
    const count = counters.droppedByCause[code] as number;
    if (count > 0) causes.push(`${count} by ${cause}`);
  }
  const dropped = causes.length === 0 ? 'none dropped' : `dropped ${causes.join(', ')}`;
  return (
    `${counters.arrived} arrived, ${dropped}, ${counters.duplicated} duplicated, ${counters.forwarded} forwarded, ` +
    `${counters.refused} refused, ${counters.heldAtEnd} held at the end`
  );
}
