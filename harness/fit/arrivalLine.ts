/**
 * Lines of an arrivals file (`client,arrival_ns,count,bytes`): bytes to numbers, without allocation for valid lines.
 *
 * It never throws for a file's content; it returns what was expected and what was got.
 */
import { excerptBytes } from '../recording/format.ts';
import { MAX_COUNT } from './receivedCounts.ts';

export const ARRIVALS_HEADER = 'client,arrival_ns,count,bytes';
const COLUMNS = ARRIVALS_HEADER.split(',');
/** Maximum number of digits of a cell: more than the nanoseconds since 1970 have. */
const MAX_DIGITS = 20;

/** The column that a corrupted datagram leaves empty. */
const COUNT = 2;
const NO_COUNT = /^\d+,\d+,,/;

const COMMA = 0x2c;
const RETURN = 0x0d;
const ZERO = 0x30;
const NINE = 0x39;

/** The cells of the last line read, by column; the count is 0 if its cell is empty: a corrupted datagram. */
export type ArrivalCells = [client: number, arrivalNs: number, count: number, sizeBytes: number];

const withoutReturn = (bytes: Uint8Array, start: number, end: number): number =>
  end > start && bytes[end - 1] === RETURN ? end - 1 : end;

const quote = (bytes: Uint8Array, start: number, end: number): string => {
  const text = excerptBytes(bytes.subarray(start, end));
  return start === end ? text : `"${text}"`;
};

/** Checks the first line. Returns why it is not the header, undefined if it is. */
export function readArrivalsHeader(bytes: Uint8Array, start: number, end: number): string | undefined {
  const stop = withoutReturn(bytes, start, end);
  const text = Buffer.from(bytes.subarray(start, Math.min(stop, start + 2 * ARRIVALS_HEADER.length)));
  if (text.toString('latin1') === ARRIVALS_HEADER) return undefined;
  return `expected the header ${ARRIVALS_HEADER}, got ${quote(bytes, start, stop)}; give a file that --arrivals wrote`;
}

/**
 * Reads a line into `cells`.
 * @returns why it cannot be read, undefined if it can; in the first case `cells` is undefined
 */
export function readArrival(
  bytes: Uint8Array,
  start: number,
  end: number,
  cells: ArrivalCells,
): string | undefined {
  const stop = withoutReturn(bytes, start, end);
  let column = 0;
  let value = 0;
  let digits = 0;
  let cellStart = start;
  for (let at = start; at <= stop; at += 1) {
    const byte = at === stop ? COMMA : (bytes[at] as number);
    if (byte === COMMA) {
      if (column === 4 || (digits === 0 && column !== COUNT) || digits > MAX_DIGITS) break;
      cells[column] = value;
      column += 1;
      cellStart = at + 1;
      value = 0;
      digits = 0;
    } else if (byte >= ZERO && byte <= NINE) {
      value = value * 10 + (byte - ZERO);
      digits += 1;
    } else break;
  }
  if (column < 4 || cellStart <= stop) return describeFault(bytes, start, stop);
  if (cells[0] > MAX_COUNT) return `expected a client from 0 to ${MAX_COUNT}, got ${cells[0]}`;
  const isEmpty =
    cells[COUNT] === 0 && NO_COUNT.test(Buffer.from(bytes.subarray(start, stop)).toString('latin1'));
  if (!isEmpty && !(cells[COUNT] >= 1 && cells[COUNT] <= MAX_COUNT)) {
    return `expected a count from 1 to ${MAX_COUNT}, got ${cells[COUNT]}`;
  }
  return undefined;
}

/** The fault of a line that is not four whole numbers. */
function describeFault(bytes: Uint8Array, start: number, stop: number): string {
  const cells = Buffer.from(bytes.subarray(start, stop)).toString('latin1').split(',');
  if (cells.length !== COLUMNS.length) {
    return `expected ${COLUMNS.length} cells (${ARRIVALS_HEADER}), got ${quote(bytes, start, stop)}`;
  }
  const column = cells.findIndex(
    (cell, place) => !/^\d{1,20}$/.test(cell) && !(place === COUNT && cell === ''),
  );
  const cell = Buffer.from(cells[column] as string, 'latin1');
  const got = cell.length === 0 ? 'an empty cell' : quote(cell, 0, cell.length);
  return `expected a whole number as ${COLUMNS[column] as string}, got ${got}`;
}
