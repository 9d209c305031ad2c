/**
 * Makes `columns.bin`: what was decided about every datagram of a run, and when it arrived, compressed, for the report's
 * page. See columnsLayout.ts.
 *
 * The page embeds the file, so it has a budget: what does not fit is left out flow by flow, and the header says so.
 */
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import { DROP_CAUSES } from '../impairment/causes.ts';
import type { FlowColumns } from '../judge/flowColumns.ts';
import { joinBlock, joinFile } from './columnsLayout.ts';
import type { ColumnsEntry } from './columnsLayout.ts';
import type { RunIdentity } from './tables.ts';

/** The columns of one session of a run. */
export interface SessionColumns {
  readonly identity: RunIdentity;
  readonly columns: readonly FlowColumns[];
}

/** Compressed bytes of all flows: as base64 in a page they are a third more. */
const BUDGET_BYTES = 3_400_000;
/** With more datagrams than this in the file, times are rounded to microseconds. */
const EXACT_ROWS = 100_000;
const MICROSECOND_NS = 1000;
/** Times are 32-bit numbers, with a bit for the sign. */
const MOST_UNITS = 2 ** 30;
/** Fast, and within a few percent of the best on planes of zeros and of noise. */
const LEVEL = 4;

/** In a thread of its own: it takes the largest part of the time of a report. */
const compress = promisify<Uint8Array, { level: number }, Uint8Array>(deflateRaw);

/** The file's bytes. The same columns give the same bytes. */
export async function encodeColumns(
  sessions: readonly SessionColumns[],
  budgetBytes = BUDGET_BYTES,
): Promise<Uint8Array> {
  const total = sessions.reduce(
    (sum, { columns }) => sum + columns.reduce((rows, { causes }) => rows + causes.length, 0),
    0,
  );
  const entries: ColumnsEntry[] = [];
  const blocks: Uint8Array[] = [];
  let usedBytes = 0;
  for (const { identity, columns } of sessions) {
    const { scenario, clock, mode, transport } = identity;
    for (const one of columns) {
      const unitNs = unitOf(one, total > EXACT_ROWS ? MICROSECOND_NS : 1);
      const { flow, direction, client, stream, firstCount } = one;
      const isNumbered = one.numbers !== null;
      const who = {
        scenario,
        clock,
        mode,
        transport,
        flow,
        direction,
        client,
        stream,
        firstCount,
        isNumbered,
      };
      const sizes = { rows: one.causes.length, againRows: one.again.rows.length, unitNs };
      const block = await compress(plain(one, unitNs), { level: LEVEL });
      const fits = usedBytes + block.length <= budgetBytes;
      if (fits) blocks.push(block);
      entries.push({
        ...who,
        ...sizes,
        block: fits ? [usedBytes, block.length] : null,
        why: fits ? null : `its columns would make the page larger than it may be`,
      });
      if (fits) usedBytes += block.length;
    }
  }
  return joinFile({ version: 1, causes: DROP_CAUSES, flows: entries }, blocks);
}

/** The finest power of ten, at least `leastNs`, in which every time is a 32-bit number. */
function unitOf({ delayNs, again, dueNs }: FlowColumns, leastNs: number): number {
  let largestNs = 0;
  for (const times of [delayNs, again.delayNs]) {
    for (const timeNs of times)
      if (Number.isFinite(timeNs)) largestNs = Math.max(largestNs, Math.abs(timeNs));
  }
  let stepNs = 0;
  for (let k = 0; k < dueNs.length; k += 1)
    stepNs = Math.max(stepNs, (dueNs[k] as number) - (k === 0 ? 0 : (dueNs[k - 1] as number)));
  let unitNs = leastNs;
  // A difference of differences may be twice as large.
  while (Math.max(largestNs, 2 * stepNs) / unitNs >= MOST_UNITS) unitNs *= 10;
  return unitNs;
}

function plain(one: FlowColumns, unitNs: number): Uint8Array {
  const rows = one.causes.length;
  const due = new Int32Array(rows);
  let before = 0;
  let stepBefore = 0;
  for (let k = 0; k < rows; k += 1) {
    const at = Math.round((one.dueNs[k] as number) / unitNs);
    due[k] = at - before - stepBefore;
    stepBefore = at - before;
    before = at;
  }
  const units = (timesNs: Float64Array): Int32Array =>
    Int32Array.from(timesNs, (timeNs) => (Number.isFinite(timeNs) ? Math.round(timeNs / unitNs) : 0));
  const number = new Int32Array(rows);
  let numberBefore = one.firstCount - 1;
  for (let k = 0; k < rows && one.numbers !== null; k += 1) {
    number[k] = (one.numbers[k] as number) - numberBefore - 1;
    numberBefore = one.numbers[k] as number;
  }
  return joinBlock(
    {
      number,
      cause: one.causes,
      damaged: one.damaged,
      hold: one.holds,
      copies: one.copies,
      arrived: one.arrived,
      extent: one.extents,
      due,
      delay: units(one.delayNs),
      againRow: one.again.rows,
      againDelay: units(one.again.delayNs),
    },
    rows,
    one.again.rows.length,
  );
}
