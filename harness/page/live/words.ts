/**
 * Figures and times as the live page says them. Pure.
 */
import { formatNumber } from '../../../src/base/figures.ts';
import { shortNumber, shortTime } from '../scales.ts';

/** Three significant digits: `12.3k`. */
export const rateText = (value: number): string => shortNumber(Number(value.toPrecision(3)));

/** A count in full, with thousands apart. */
export const countText = (count: number): string => count.toLocaleString('en-GB');

export const timeText = (timeUs: number | null): string => (timeUs === null ? '–' : shortTime(timeUs));

/** Of `part` in `all`, percent; a dash where there is nothing to compare with. */
export function shareText(part: number, all: number): string {
  if (all <= 0) return '–';
  return `${formatNumber(Number(((100 * part) / all).toPrecision(3)))} %`;
}

const BITS: readonly (readonly [number, string])[] = [
  [1e9, 'Gbit/s'],
  [1e6, 'Mbit/s'],
  [1e3, 'kbit/s'],
];

export function bitRateText(bytesPerSecond: number): string {
  const bits = 8 * bytesPerSecond;
  const [factor, unit] = BITS.find(([one]) => bits >= one) ?? [1, 'bit/s'];
  return `${formatNumber(Number((bits / factor).toPrecision(3)))} ${unit}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** A time of day: 21:04:07. */
export function clockText(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** A length of time: 4:07, 1:02:03. */
export function lengthText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
