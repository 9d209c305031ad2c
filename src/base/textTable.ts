/**
 * Aligns rows of cells as a text table: columns as wide as their widest cell, two spaces apart.
 */

/** Spaces between two columns. */
export const COLUMN_GAP = 2;

/** Column → characters of its widest cell. Every line has as many cells as the first. */
export const columnWidths = (lines: readonly (readonly string[])[]): number[] =>
  (lines[0] ?? []).map((_, column) => Math.max(...lines.map((cells) => (cells[column] as string).length)));

/**
 * One line of text per row, without line ends or trailing spaces.
 * @param isWord whether a column holds words, which are aligned to the left; figures are aligned to the right
 */
export function alignColumns(
  lines: readonly (readonly string[])[],
  isWord: (column: number) => boolean,
): string[] {
  const widths = columnWidths(lines);
  return lines.map((cells) =>
    cells
      .map((cell, column) => {
        const width = widths[column] as number;
        return isWord(column) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(' '.repeat(COLUMN_GAP))
      .trimEnd(),
  );
}

export interface FitOptions {
  /** Of the terminal; null without a terminal. */
  readonly columns: number | null;
  /** Number of columns that identify a line: they begin every part of a table that is broken. */
  readonly keys: number;
  readonly isWord: (column: number) => boolean;
  /** Adds colour to a cell of the last column, which must be one of words; default: none. */
  readonly paintLast?: (cell: string) => string;
}

/**
 * A table for a terminal, each line with a line feed: if that is too narrow for all columns, the table goes on below, with
 * its first columns again; if there is room for one column beside those at the most, each line becomes a list.
 * @param all the header, then the lines
 */
export function fitTable(all: readonly (readonly string[])[], options: FitOptions): string {
  const { columns, keys, isWord, paintLast = (cell) => cell } = options;
  const [header = [], ...lines] = all;
  const last = header.length - 1;
  const blocks = blocksOf(all, options);
  const isTooWide = columns !== null && blocks.some(({ width }) => width > columns);
  const isCramped = blocks.slice(0, -1).some(({ shown }) => shown.length <= keys + 1);
  if (isTooWide || isCramped) {
    const list = (cells: readonly string[]): string[] =>
      alignColumns(
        cells.map((cell, k) => [header[k] as string, k === last ? paintLast(cell) : cell]),
        () => true,
      );
    return lines.map((cells) => ended(list(cells))).join('\n');
  }
  return blocks
    .map(({ shown }) => {
      const cells = all.map((line) => shown.map((column) => line[column] as string));
      const text = alignColumns(cells, (place) => isWord(shown[place] as number));
      if (shown.at(-1) !== last) return ended(text);
      const painted = text.map((line, k) => {
        const cell = k === 0 ? '' : (cells[k]?.at(-1) ?? '');
        return line.slice(0, line.length - cell.length) + paintLast(cell);
      });
      return ended(painted);
    })
    .join('\n');
}

const ended = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** The columns of each part of a table, and how wide it is. */
function blocksOf(
  all: readonly (readonly string[])[],
  { columns, keys }: FitOptions,
): { readonly shown: readonly number[]; readonly width: number }[] {
  const widths = columnWidths(all);
  const widthOf = (shown: readonly number[]): number =>
    shown.reduce((sum, column) => sum + (widths[column] as number) + COLUMN_GAP, -COLUMN_GAP);
  const keyColumns = widths.slice(0, keys).map((_, column) => column);
  const blocks = [[...keyColumns]];
  for (let column = keys; column < widths.length; column += 1) {
    const block = blocks.at(-1) as number[];
    const isFull = columns !== null && block.length > keys && widthOf([...block, column]) > columns;
    if (isFull) blocks.push([...keyColumns, column]);
    else block.push(column);
  }
  return blocks.map((shown) => ({ shown, width: widthOf(shown) }));
}
