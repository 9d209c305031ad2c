/**
 * Axes: from a figure to a place, and the ticks between. Pure.
 */
import { formatNumber } from '../../src/base/figures.ts';

export interface Scale {
  readonly isLog: boolean;
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 5, 10];

/**
 * A linear scale that holds the values and ends at ticks.
 * @param ticks about as many
 * @param isWhole whether ticks are whole numbers only
 */
export function linearScale(values: readonly number[], ticks = 5, isWhole = false): Scale {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const span = high - low || Math.abs(high) || 1;
  const rough = span / ticks;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const fitting = decade * (STEPS.find((one) => one * decade >= rough * (1 - 1e-9)) ?? 10);
  const step = isWhole ? Math.max(1, fitting) : fitting;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  const places = Array.from({ length: last - first + 1 }, (_, k) =>
    Number(((first + k) * step).toPrecision(12)),
  );
  return { isLog: false, low: places[0] as number, high: places.at(-1) as number, ticks: places };
}

/**
 * A logarithmic scale from a power of ten to a power of ten. Values must be positive.
 * @param below how far it goes on below its first tick, as a factor of that, so that what lies there can be seen
 */
export function logScale(values: readonly number[], below = 1): Scale {
  const first = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, k) =>
    Number((10 ** (first + k)).toPrecision(12)),
  );
  return { isLog: true, low: (ticks[0] as number) * below, high: ticks.at(-1) as number, ticks };
}

/** 0 at the low end, 1 at the high one. */
export function placeOf({ isLog, low, high }: Scale, value: number): number {
  return isLog
    ? (Math.log10(value) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))
    : (value - low) / (high - low);
}

const PREFIXES: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** A tick's figure, short: 20k. */
export function shortNumber(value: number): string {
  const prefix = PREFIXES.find(([factor]) => Math.abs(value) >= factor);
  return prefix === undefined ? formatNumber(value) : `${formatNumber(value / prefix[0])}${prefix[1]}`;
}

/** A share, in percent with three significant digits. */
export const percent = (share: number): string => `${formatNumber(Number((100 * share).toPrecision(3)))} %`;

const TIMES: readonly (readonly [number, string])[] = [
  [1e6, 's'],
  [1e3, 'ms'],
  [1, 'µs'],
  [1e-3, 'ns'],
];

/** Microseconds with three significant digits, in the unit that suits them: 1.23 ms. */
export function shortTime(timeUs: number): string {
  if (timeUs === 0) return '0';
  const [factor, unit] = TIMES.find(([one]) => Math.abs(timeUs) >= one * 0.9995) ?? [1e-3, 'ns'];
  return `${formatNumber(Number((timeUs / factor).toPrecision(3)))} ${unit}`;
}

/** The middle one of the values; of two in the middle, their mean. There must be one. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1] as number, sorted[sorted.length >> 1] as number];
  return (low + high) / 2;
}
