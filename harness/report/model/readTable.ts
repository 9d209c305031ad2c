/**
 * CSV read back: the text of a table as typed cells.
 *
 * It takes what csv.ts writes, and what a spreadsheet makes of it: quoted cells, CRLF, a byte order mark. What it
 * cannot read it refuses, with the line.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { NOT_MEASURED } from '../../../src/base/figures.ts';
import { columnsOf, SCHEMA, unitOf } from '../tables.ts';
import type { ColumnKind, TableName } from '../tables.ts';

/** A number, a text (`not measured` is one), or null for an empty cell. */
export type Cell = number | string | null;

export interface Column {
  readonly name: string;
  readonly type: 'number' | 'text';
  /** As UCUM writes it; null for counts and texts. */
  readonly unit: string | null;
}

/** A table of a run's folder, all columns and rows. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Rows of cells (RFC 4180); null where a quoted cell does not end. */
function splitCsv(text: string): string[][] | null {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  const endRow = (): void => {
    rows.push(row);
    row = [];
  };
  while (at < text.length) {
    if (text[at] === '"') {
      let cell = '';
      for (;;) {
        const end = text.indexOf('"', at + 1);
        if (end < 0) return null;
        cell += text.slice(at + 1, end);
        at = end + 1;
        if (text[at] !== '"') break;
        cell += '"';
      }
      row.push(cell);
    } else {
      const end = endOfCell(text, at);
      row.push(text.slice(at, end));
      at = end;
    }
    if (text[at] === ',') {
      at += 1;
      // A comma at the very end is followed by an empty cell.
      if (at === text.length) row.push('');
      continue;
    }
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    endRow();
  }
  if (row.length > 0) endRow();
  return rows;
}

function endOfCell(text: string, start: number): number {
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return end;
}

/** What csv.ts puts before a text that a spreadsheet would take for a formula. */
const GUARDED = /^'(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** The value of a cell; undefined for what is no number where one has to be. */
function readCell(text: string, kind: ColumnKind): Cell | undefined {
  if (kind === 'text') return text.replace(GUARDED, '');
  if (text === '') return null;
  if (text === NOT_MEASURED) return text;
  return NUMBER.test(text) ? Number(text) : undefined;
}

/**
 * Reads a table's file. Columns at the end may be missing (an earlier version) or unknown (a later one).
 * @param text the whole file
 * @throws UsageError for a text that is no such table
 */
export function readTable(name: TableName, text: string): Table {
  const file = `${name}.csv`;
  const refuse = (expected: string, got: string): never => {
    throw new UsageError(
      'file-format',
      file,
      `expected ${expected}, got ${got}; give a folder as a run wrote it`,
    );
  };
  const known = Object.entries(columnsOf(name));
  const [header = [], ...rows] = splitCsv(text) ?? refuse('cells with a quote at either end', 'one without');
  const wrong = header.findIndex((column, at) => at < known.length && column !== known[at]?.[0]);
  const names = known.map(([column]) => column).join(',');
  if (wrong >= 0 || header.length === 0) refuse(`the columns ${names}`, header.join(',') || 'none');
  const kinds = header.map((_, at): ColumnKind => known[at]?.[1] ?? 'text');
  return {
    columns: header.map((column, at) => ({
      name: column,
      type: kinds[at] === 'text' ? 'text' : 'number',
      unit: unitOf(column),
    })),
    rows: rows.map((cells, k) => {
      const line = `line ${k + 2}`;
      if (cells.length !== header.length) refuse(`${header.length} cells in ${line}`, `${cells.length}`);
      const values = cells.map((cell, at) => {
        const value = readCell(cell, kinds[at] as ColumnKind);
        return value === undefined ? refuse(`a number as ${header[at]} in ${line}`, `"${cell}"`) : value;
      });
      if (values[0] !== SCHEMA) refuse(`schema ${SCHEMA} in ${line}`, `${values[0]}`);
      return values;
    }),
  };
}

/** A table's rows as objects, column → cell. */
export const rowsOf = ({ columns, rows }: Table): Readonly<Record<string, Cell>>[] =>
  rows.map((cells) => Object.fromEntries(columns.map(({ name }, at) => [name, cells[at] as Cell])));
