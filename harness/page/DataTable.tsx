/**
 * A table of texts and figures, as many rows of it as are wanted.
 */
import { useState } from 'preact/hooks';
import { ScrollTable, verdictLook } from './ScrollTable.tsx';
import type { Column } from './ScrollTable.tsx';
import { textOf } from './run.ts';
import type { Row } from './run.ts';

export interface TableData {
  readonly columns: readonly Column[];
  /** Cells as they are shown; `at` names the cell's place in its CSV, `table/row/column`. */
  readonly lines: readonly (readonly { readonly text: string; readonly at?: string }[])[];
}

/** Rows that are shown at once. */
const PAGE_ROWS = 100;

export function DataTable({ columns, lines, label }: TableData & { readonly label: string }) {
  const [shown, setShown] = useState(PAGE_ROWS);
  const rest = lines.length - shown;
  return (
    <>
      <ScrollTable label={label} columns={columns}>
        <tbody>
          {lines.slice(0, shown).map((line, k) => (
            <tr key={k}>
              {line.map(({ text, at }, column) => (
                <td
                  key={column}
                  class={verdictClass(columns[column], text)}
                  {...(at !== undefined && { 'data-at': at })}
                >
                  {text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </ScrollTable>
      {rest > 0 && (
        <p class="more">
          {rest} more {rest === 1 ? 'row' : 'rows'}.{' '}
          <button type="button" onClick={() => setShown(shown + 10 * PAGE_ROWS)}>
            Show {Math.min(rest, 10 * PAGE_ROWS)} of them
          </button>
        </p>
      )}
    </>
  );
}

function verdictClass(column: Column | undefined, text: string): string {
  const kind = column?.isText === true ? 'text' : 'figure';
  return column?.name === 'verdict' || column?.name === 'result'
    ? `${kind} verdict ${verdictLook(text)}`
    : kind;
}

/** Rows of a CSV table, some of its columns. */
export function csvTable(table: string, rows: readonly Row[], columns: readonly Column[]): TableData {
  return {
    columns,
    lines: rows.map(({ at, cells }) =>
      columns.map(({ name }) => ({ text: textOf(cells[name]), at: `${table}/${at}/${name}` })),
    ),
  };
}

/** Figures that stand in no CSV. */
export const plainTable = (columns: readonly Column[], lines: readonly (readonly string[])[]): TableData => ({
  columns,
  lines: lines.map((line) => line.map((text) => ({ text }))),
});
