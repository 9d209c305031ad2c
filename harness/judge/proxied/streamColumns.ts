/**
 * What a proxy by itself did to every single datagram of a stream: the columns that a report's timeline is drawn from.
 *
 * Rows are what entered, in that order; what left intact has arrived. It judges nothing.
 */
import { causeCode } from '../../impairment/causes.ts';
import { EnteredSizes } from '../../expected/sizeCauses.ts';
import { startNs } from '../../expected/enteredStream.ts';
import type { EnteredFates } from '../../expected/enteredStream.ts';
import { LineOver } from '../../expected/lineOver.ts';
import { received } from '../flowColumns.ts';
import { lineOf } from '../plannedFlows.ts';
import type { FlowColumns } from '../flowColumns.ts';
import type { StreamLists } from './streamLists.ts';

const QUEUE = causeCode('queue');
const MOST_HOLDS = 65_535;

/** @param leaving the rows that leave by the schedule, where the queue of a link drops; null without one */
export function streamColumns(
  { traffic, entered, left }: StreamLists,
  fates: EnteredFates,
  leaving: Uint32Array | null,
): FlowColumns {
  const { key, epochs } = traffic;
  const met = new LineOver(lineOf(epochs));
  const { indices, repeats, sizesBytes, timesNs, firstIndex } = entered;
  const size = indices.length;
  const causes = new Uint8Array(size);
  const holds = new Uint16Array(size);
  const copies = new Uint8Array(size);
  const damaged = new Uint8Array(size);
  const sizes = new EnteredSizes();
  for (let row = 0; row < size; row += 1) {
    const [index, repeat] = [indices[row] as number, repeats[row] as number];
    const fate = repeat === 1 ? firstFate(fates, index, row) : fates.repeat(index, repeat, row);
    const cause = sizes.causeOf(fate.dropCause, met.at(index), index, sizesBytes[row] as number);
    causes[row] = cause;
    if (cause !== 0) continue;
    holds[row] = Math.min(fate.hold, MOST_HOLDS);
    copies[row] = fate.copies;
    damaged[row] = fate.corrupt >= 0 ? 1 : 0;
  }
  if (leaving !== null) {
    const leaves = new Uint8Array(size);
    for (const row of leaving) leaves[row] = 1;
    for (let row = 0; row < size; row += 1) if (leaves[row] === 0 && causes[row] === 0) causes[row] = QUEUE;
  }
  const intact = left.rows.map((_, exit) => exit).filter((exit) => left.altered[exit] === 0);
  const rows = intact.map((exit) => left.rows[exit] as number);
  const leftNs = Float64Array.from(intact, (exit) => left.timesNs[exit] as number);
  const firstNs = startNs(entered);
  const dueNs = timesNs.map((timeNs) => timeNs - firstNs);
  return {
    flow: key.flow,
    direction: key.direction,
    client: null,
    stream: key.stream ?? 1,
    firstCount: firstIndex,
    numbers: indices,
    causes,
    holds,
    copies,
    damaged,
    dueNs,
    ...received(rows, leftNs, firstNs, dueNs, indices),
  };
}

function firstFate(fates: EnteredFates, index: number, row: number) {
  const at = fates.at(index, row);
  return {
    dropCause: fates.dropCause[at] as number,
    copies: fates.copies[at] as number,
    hold: fates.hold[at] as number,
    corrupt: fates.corrupt[at] as number,
  };
}
