/**
 * The figures of a flow, or the sum of several, as lines for people: for the log and for the closing table.
 */
import { counted } from '../../../src/base/figures.ts';
import { DROP_CAUSES } from '../../impairment/causes.ts';
import { describeStruck } from '../path/bounds.ts';
import type { FlowReport } from '../flows/closedFlows.ts';
import type { DirectionCounters } from '../path/counters.ts';
import { formatLateness } from '../path/lateness.ts';

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
    upstreamRefusals,
    rebinds,
  }: Pick<FlowReport, 'down' | 'up' | 'control' | 'upstreamRefusals' | 'rebinds'> &
    Partial<Pick<FlowReport, 'streams'>>,
): string[] {
  const lines = [
    `${name} down: ${formatDirection(down)}`,
    ...formatStreams(`${name} down`, streams?.down),
    ...formatTimes(`${name} down`, down),
    `${name} up: ${formatDirection(up)}`,
    ...formatStreams(`${name} up`, streams?.up),
    ...formatTimes(`${name} up`, up),
  ];
  if (control !== null) {
    for (const direction of ['down', 'up'] as const) {
      lines.push(`${name} ${direction}, control: ${formatDirection(control[direction])}`);
      lines.push(...formatTimes(`${name} ${direction}, control`, control[direction]));
    }
  }
  const held = down.heldAtEnd + up.heldAtEnd;
  if (held > 0) lines.push(`${name}: ${held} had not left at its end: they were thrown away`);
  if (rebinds > 0) lines.push(`${name}: the server saw a new port ${counted(rebinds, 'time')} (--rebind)`);
  if (upstreamRefusals > 0)
    lines.push(`${name}: ${upstreamRefusals} refused by the upstream (ICMP), as far as the system told`);
  return lines;
}

/** One line per stream, if there are several: the line of the direction is their sum. */
const formatStreams = (name: string, streams: readonly DirectionCounters[] = []): string[] =>
  streams.length < 2
    ? []
    : streams.map((counters, k) => `${name}, stream ${k + 1}: ${formatFates(counters)}`);

/** How late what was sent left, and the bounds that struck. */
function formatTimes(name: string, { late, struck }: DirectionCounters): string[] {
  const lateness = formatLateness(late);
  const bounds = describeStruck(struck);
  return [
    ...(lateness === null ? [] : [`${name}: ${lateness}`]),
    ...(bounds === null ? [] : [`${name}: ${bounds}`]),
  ];
}

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
