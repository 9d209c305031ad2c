/**
 * Statistics as a small table for a terminal. It returns a text without a last line break and never writes.
 */
import { NOT_MEASURED } from '../base/figures.ts';
import { displayWidth, padToWidth, printable } from '../base/printable.ts';

/** Whole numbers in full; others to six significant digits, without trailing zeros. */
const numberText = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));

/**
 * One line per statistic, `name value`, in the given order. Numbers are aligned to the right, texts to the left; null
 * shows as "not measured".
 */
export function formatStatistics(statistics: Readonly<Record<string, number | string | null>>): string {
  const rows = Object.entries(statistics).map(([name, value]) => [printable(name), value] as const);
  const nameColumns = Math.max(0, ...rows.map(([name]) => displayWidth(name)));
  const numberColumns = Math.max(
    0,
    ...rows.map(([, value]) => (typeof value === 'number' ? numberText(value).length : 0)),
  );
  return rows
    .map(([name, value]) => {
      const text =
        typeof value === 'number'
          ? numberText(value).padStart(numberColumns)
          : printable(value ?? NOT_MEASURED);
      return `${padToWidth(name, nameColumns)}  ${text}`.trimEnd();
    })
    .join('\n');
}
