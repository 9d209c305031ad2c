/**
 * The embedded columns: which flows the page has datagram by datagram, and the columns of one, decompressed when it is
 * looked at.
 */
import { readHeader, splitBlock } from '../report/columnsLayout.ts';
import type { ColumnsEntry } from '../report/columnsLayout.ts';
import type { Datagrams } from './datagramRows.ts';
import { bytesOf, inflated } from './packed.ts';
import type { Identity } from './run.ts';

export interface Columns {
  readonly file: Uint8Array<ArrayBuffer>;
  readonly at: number;
  readonly flows: readonly ColumnsEntry[];
  readonly causeNames: readonly string[];
}

/** Null where the page has none, or they cannot be read. */
export function readColumns(base64: string): Columns | null {
  if (base64 === '') return null;
  const file = bytesOf(base64);
  const read = readHeader(file);
  return read === null
    ? null
    : { file, at: read.at, flows: read.header.flows, causeNames: read.header.causes };
}

/** The entry of a flow; undefined if there is none. */
export const entryOf = (
  columns: Columns,
  identity: Identity,
  account: string,
  stream: string,
): ColumnsEntry | undefined =>
  columns.flows.find(
    (one) =>
      one.scenario === identity.scenario &&
      one.clock === identity.clock &&
      one.mode === identity.mode &&
      one.transport === identity.transport &&
      `${one.flow} ${one.direction} ${one.client ?? ''}` === account &&
      (stream === '' || one.stream === null || String(one.stream) === stream),
  );

const US_PER_NS = 1e-3;

/** Decompresses one flow. Rejects if its block is damaged. */
export async function loadDatagrams(columns: Columns, entry: ColumnsEntry): Promise<Datagrams> {
  const [offset, length] = entry.block ?? [0, 0];
  const start = columns.at + offset;
  const block = splitBlock(await inflated(columns.file.slice(start, start + length)), entry);
  const unitUs = entry.unitNs * US_PER_NS;
  const dueUs = new Float64Array(entry.rows);
  let at = 0;
  let step = 0;
  for (let row = 0; row < entry.rows; row += 1) {
    step += block.due[row] as number;
    at += step;
    dueUs[row] = at * unitUs;
  }
  const numbers = new Int32Array(entry.rows);
  let number = entry.firstCount - 1;
  for (let row = 0; row < entry.rows; row += 1) {
    number += (block.number[row] as number) + 1;
    numbers[row] = number;
  }
  return {
    rows: entry.rows,
    numbers,
    isEntered: entry.isNumbered,
    causeNames: columns.causeNames,
    cause: block.cause,
    damaged: block.damaged,
    hold: block.hold,
    copies: block.copies,
    arrived: block.arrived,
    extent: block.extent,
    dueUs,
    delayUs: Float64Array.from(block.delay, (units, row) =>
      block.arrived[row] === 0 ? Number.NaN : units * unitUs,
    ),
    againRow: block.againRow,
    againDelayUs: Float64Array.from(block.againDelay, (units) => units * unitUs),
    unitNs: entry.unitNs,
  };
}
