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
