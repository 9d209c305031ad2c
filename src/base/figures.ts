/**
 * How figures are added and formatted, in files and on the screen.
 *
 * Rounded figures are for display only, never for a comparison.
 */

/** Added in the given order; 0 for no values. */
export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** A number of things, in words: `1 datagram`, `2 datagrams`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** The text for a missing figure. */
export const NOT_MEASURED = 'not measured';

/** Decimals; below 1, significant digits. */
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
