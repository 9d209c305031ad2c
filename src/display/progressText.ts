/**
 * Progress as text: `streaming: 40 %, 21 of 52 datagrams, 10/s, lost 0, 4 s left`.
 *
 * It returns words and lines and never writes. Rates and the time left follow from the readings of the last seconds.
 */
import type { Reading } from '../base/progress.ts';
import { displayWidth, printable } from '../base/printable.ts';
import { RecentRate } from './recentRate.ts';
import { wrap } from './wrap.ts';
import type { Style, Word } from './wrap.ts';

/** A step that has begun, with what it says now. */
export interface Step {
  readonly doing: string;
  /** When it began, milliseconds on the clock of `nowMs`. */
  readonly sinceMs: number;
  /** Null before it has figures. */
  readonly reading: Reading | null;
}

/** Counts of what went wrong: they are coloured when there is any. */
const BAD: ReadonlySet<string> = new Set(['lost', 'kernel drops', 'different', 'refused', 'malformed']);

export class ProgressText {
  /** Of the innermost step. */
  readonly #rate = new RecentRate();

  /** The parts of the line, each with the comma behind it. Empty without a step. */
  words(nowMs: number, steps: readonly Step[]): Word[] {
    const innermost = steps.at(-1);
    if (innermost === undefined) return [];
    const { reading, sinceMs } = innermost;
    const name = steps.map(({ doing }) => printable(doing)).join(', ');
    const elapsed = formatTime(nowMs - sinceMs);
    if (reading === null) return commas([part(`${name}:`, 'bold'), part(elapsed)]);
    const perMs = this.#rate.perMs(`${name} ${sinceMs}`, nowMs, reading.done);
    const { done, of, unit, counts } = reading;
    const left = of === null || perMs === null || perMs <= 0 || done >= of ? null : (of - done) / perMs;
    return commas([
      part(`${name}:`, 'bold'),
      ...(of === null || of === 0 ? [] : [part(`${Math.min(100, Math.floor((100 * done) / of))} %`)]),
      part(unit === 'bytes' ? formatBytes(done, of) : `${done}${of === null ? '' : ` of ${of}`} ${unit}`),
      ...(perMs === null ? [] : [part(formatRate(perMs * 1e3, unit))]),
      ...Object.entries(counts).map(([label, count]) =>
        part(`${label} ${count}`, count > 0 && BAD.has(label) ? 'red' : 'plain'),
      ),
      left === null ? part(elapsed, 'dim') : part(`${formatTime(left)} left`, 'dim'),
    ]);
  }
}

const part = (text: string, style: Style = 'plain'): Word => ({ text, style });

/** Each but the first and the last is followed by a comma. */
const commas = (words: readonly Word[]): Word[] =>
  words.map((word, k) => (k === 0 || k === words.length - 1 ? word : { ...word, text: `${word.text},` }));

/** The parts in lines of at most `columns`; a part is broken only if it is longer than a line. */
export function layOutProgress(words: readonly Word[], columns: number, colour: boolean): string[] {
  const pieces = words.flatMap((word) =>
    displayWidth(word.text) <= columns
      ? [word]
      : word.text.split(' ').map((text) => ({ text, style: word.style })),
  );
  return wrap(pieces, columns, colour);
}

/** `0.5 s`, `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatTime(timeMs: number): string {
  const seconds = Math.ceil(Math.max(0, timeMs) / 1e3);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.ceil(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** The unit in which a size has at most four digits before the point. */
const unitOf = (sizeBytes: number): number =>
  Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, sizeBytes)) / 3)));

const inUnit = (sizeBytes: number, unit: number): string =>
  unit === 0 ? String(Math.round(sizeBytes)) : (sizeBytes / 10 ** (3 * unit)).toFixed(1);

/** `12.3 of 790.0 MB`. */
function formatBytes(done: number, of: number | null): string {
  const unit = unitOf(of ?? done);
  return `${inUnit(done, unit)}${of === null ? '' : ` of ${inUnit(of, unit)}`} ${UNITS[unit]}`;
}

/** `10/s`, `0.4/s`, `31.2 MB/s`. */
function formatRate(perSecond: number, unit: string): string {
  if (unit === 'bytes') return `${inUnit(perSecond, unitOf(perSecond))} ${UNITS[unitOf(perSecond)]}/s`;
  return `${perSecond >= 10 ? Math.round(perSecond) : Number(perSecond.toPrecision(2))}/s`;
}
