/** A CSV file as a test reads it, by code of its own: the text of a cell by its row and its column. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

function rowsOf(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] as string;
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === ',' || character === '\n') {
      rows.at(-1)?.push(cell);
      cell = '';
      if (character === '\n') rows.push([]);
    } else cell += character;
  }
  return rows.slice(0, -1);
}

/** Finds the text of `table/row/column` in a folder; the apostrophe that keeps a spreadsheet from a formula is left out. */
export function cellsOf(folder: string): (at: string) => string | undefined {
  const tables = new Map<string, string[][]>();
  return (at) => {
    const [table = '', row = '', column = ''] = at.split('/');
    const path = join(folder, `${table}.csv`);
    if (!tables.has(table)) tables.set(table, existsSync(path) ? rowsOf(readFileSync(path, 'utf8')) : [[]]);
    const rows = tables.get(table) as string[][];
    return rows[Number(row) + 1]?.[rows[0]?.indexOf(column) ?? -1]?.replace(
      /^'(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/,
      '',
    );
  };
}
