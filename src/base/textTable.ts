/**
 * Lines of cells as a table of text: columns as wide as their widest cell, two spaces apart.
 */

/** Spaces between two columns. */
export const COLUMN_GAP = 2;

/** Column → characters of its widest cell. Every line has as many cells as the first. */
export const columnWidths = (lines: readonly (readonly string[])[]): number[] =>
  (lines[0] ?? []).map((_, column) => Math.max(...lines.map((cells) => (cells[column] as string).length)));

/**
 * A line of text each, without line ends and without spaces at its end.
 * @param isWord whether a column is of words, which stand to the left; figures stand to the right
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
