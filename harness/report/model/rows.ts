/**
 * Rows of a run's tables: which part of the run they belong to, whom they are about, and their cells as text.
 */
import { formatNumber, NOT_MEASURED } from '../../../src/base/figures.ts';
import { rowsOf } from './readTable.ts';
import type { Cell } from './readTable.ts';
import type { DataTable, RunModel } from './runModel.ts';

/** Column → cell. */
export type Row = Readonly<Record<string, Cell>>;

/** A table's rows; none if the folder does not have it. */
export const rowsIn = ({ tables }: Pick<RunModel, 'tables'>, name: DataTable): Row[] => {
  const table = tables[name];
  return table === undefined ? [] : rowsOf(table);
};

/** A cell's number; null for anything else. */
export const numberIn = (row: Row, column: string): number | null => {
  const cell = row[column];
  return typeof cell === 'number' ? cell : null;
};

export const isUnmeasured = (row: Row, column: string): boolean => row[column] === NOT_MEASURED;

/** The sum of a column's numbers. */
export const totalOf = (rows: readonly Row[], column: string): number =>
  rows.reduce((total, row) => total + (numberIn(row, column) ?? 0), 0);

/** A cell as it stands in the table; `none` for an empty one. */
export const figure = (cell: Cell | undefined): string =>
  cell === null || cell === undefined ? 'none' : typeof cell === 'number' ? formatNumber(cell) : cell;

/** Whom a row of comparison or ledger is about: a client, or what left the proxy of a flow's stream. */
export function subjectOf({ client = null, flow, direction, stream = null }: Row): string {
  if (client !== null) return `client ${client} ${direction}`;
  return `flow ${flow} ${direction}${stream === null || stream === 1 ? '' : `, stream ${stream}`}`;
}

/** Which session of several a row belongs to. */
const partName = (row: Row): string =>
  [row['scenario'], row['clock'], row['mode'], row['transport']].map(String).join(', ');

/** Identifies the account of a row within its folder. */
export const accountOf = (row: Row): string =>
  `${partName(row)}, ${row['flow']} ${row['direction']} ${row['client']}`;

/** The session's name to put before a line, if there are several. */
export function partLabels(rows: readonly Row[]): (row: Row) => string {
  const isOne = new Set(rows.map(partName)).size < 2;
  return (row) => (isOne ? '' : `${row['scenario']}, ${row['clock']} clock, ${row['transport']}: `);
}

/** A point of a benchmark, as in `1000 us, 3 clients, linux`. */
export function pointOf({ interval_us: intervalUs, clients, transport }: Row): string {
  const interval = intervalUs === 0 ? 'flat out' : `${figure(intervalUs)} us`;
  return `${interval}, ${figure(clients)} client${clients === 1 ? '' : 's'}, ${transport}`;
}
