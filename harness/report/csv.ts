/**
 * CSV: rows formatted as text, and text written to a file atomically.
 *
 * It computes no figure, and formats each kind in one way only. Lines end in a line feed; a cell is quoted if it holds a
 * comma or a quote (RFC 4180). Texts may come from anybody's file, so they are escaped: each stays one cell of one row,
 * controls no terminal and starts no formula.
 */
import { stringify } from 'csv-stringify/sync';
import { escaped } from '../../src/base/escape.ts';
import { writeAtomicFile } from '../../src/files/atomicFile.ts';
import { formatNumber, NOT_MEASURED } from '../../src/base/figures.ts';
import { columnsOf, SCHEMA } from './tables.ts';
import type { RunIdentity, TableName, TableRow } from './tables.ts';

/**
 * Characters that start a formula in a spreadsheet, including full-width forms (OWASP, "CSV Injection"). Tabs and line
 * breaks are escaped before.
 */
const FORMULA = /^[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/;

/** A text as a cell: one line, and no formula. */
export function formatText(text: string): string {
  const safe = escaped(text);
  return FORMULA.test(safe) ? `'${safe}` : safe;
}

function formatCell(value: string | number | null, kind: string): string {
  if (value === null) return kind === 'measured' || kind === 'figure' ? NOT_MEASURED : '';
  if (kind === 'figure' && value === 'none') return '';
  return typeof value === 'number' ? formatNumber(value) : formatText(value);
}

/** Rows of one run. */
export interface CsvPart<Name extends TableName> {
  readonly identity: RunIdentity;
  readonly rows: readonly TableRow<Name>[];
}

/** The whole text of a table, header included. */
export function formatCsv<Name extends TableName>(table: Name, parts: readonly CsvPart<Name>[]): string {
  const columns = Object.entries(columnsOf(table));
  const lines = parts.flatMap(({ identity, rows }) =>
    rows.map((row) => {
      const cells: Readonly<Record<string, string | number | null>> = { schema: SCHEMA, ...identity, ...row };
      return columns.map(([name, kind]) => formatCell(cells[name] as string | number | null, kind));
    }),
  );
  return stringify([columns.map(([name]) => name), ...lines]);
}

/** Writes a table atomically. Throws EnvironmentError if the file cannot be written. */
export function writeCsv<Name extends TableName>(
  path: string,
  table: Name,
  parts: readonly CsvPart<Name>[],
): void {
  writeAtomicFile(path, formatCsv(table, parts));
}
