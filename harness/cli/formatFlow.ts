/**
 * What became of a flow's datagrams, as a person reads it at the end: a line for each direction.
 *
 * It judges nothing and writes nothing.
 */
import { DROP_CAUSES } from '../impairment/causes.ts';
import type { DirectionCounters } from '../proxy/counters.ts';
import type { FlowReport } from '../proxy/proxyEndpoint.ts';

/**
 * Lines for a flow, or for several together.
 * @param name what each line begins with
 */
export function formatFlow(
  name: string,
  { down, up, control, boundStruck }: Pick<FlowReport, 'down' | 'up' | 'control' | 'boundStruck'>,
): string[] {
  const lines = [`${name} down: ${formatDirection(down)}`, `${name} up: ${formatDirection(up)}`];
  if (control !== null) {
    lines.push(`${name} down, control: ${formatDirection(control.down)}`);
    lines.push(`${name} up, control: ${formatDirection(control.up)}`);
  }
  const held = down.heldAtEnd + up.heldAtEnd;
  if (held > 0)
    lines.push(
      `${name}: ${held} still held when --hold-max was over, after the end was asked for: they never left`,
    );
  if (boundStruck > 0)
    lines.push(`${name}: a bound struck ${boundStruck} times, so the order is not the scheduled one`);
  return lines;
}

/** Every count of a direction, what did not happen too: the line adds up. */
function formatDirection(counters: DirectionCounters): string {
  const causes: string[] = [];
  for (const [code, cause] of DROP_CAUSES.entries()) {
    const count = counters.droppedByCause[code] as number;
    if (count > 0) causes.push(`${count} by ${cause}`);
  }
  const dropped = causes.length === 0 ? 'none dropped' : `dropped ${causes.join(', ')}`;
  return (
    `${counters.arrived} arrived, ${dropped}, ${counters.duplicated} duplicated, ${counters.forwarded} forwarded, ` +
    `${counters.refused} refused, ${counters.heldAtEnd} held at the end, ${counters.control} control, ` +
    `${counters.unindexed} without an index`
  );
}
