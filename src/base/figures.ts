/**
 * How figures are added, and how one is written, in files and on the screen.
 *
 * It rounds for the eye and never for a comparison.
 */

/** In the order given; 0 for none. */
export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** What stands for a figure that does not exist. */
export const NOT_MEASURED = 'not measured';

/** Digits behind the point; and, below 1, digits that count. */
const DIGITS = 6;

/**
 * A figure as text, never with an exponent: whole numbers as such; others to 6 decimals, or below 1 to 6
 * significant digits; no trailing zeros. So 1/3 is `0.333333` and 2.5e-7 is `0.00000025`.
 */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e21) throw new Error(`no figure for a table: ${value}`);
  if (Number.isInteger(value)) return String(value === 0 ? 0 : value);
  const exponent = Number(value.toExponential().split('e')[1]);
  const decimals = exponent >= 0 ? DIGITS : Math.min(DIGITS - 1 - exponent, 100);
  const text = value.toFixed(decimals).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}
