/**
 * Lists of indices and of spans: reading, checking, writing.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { refuse } from './stage.ts';

/** Indices `from` to `to`, both included; the first datagram is 1. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

/** Sorted ranges, with overlapping and adjacent ones merged. */
export function joined(
  sorted: readonly IndexRange[],
  touch: (last: IndexRange, next: IndexRange) => boolean,
): IndexRange[] {
  const result: IndexRange[] = [];
  for (const next of sorted) {
    const last = result.at(-1);
    if (last !== undefined && touch(last, next)) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
    } else result.push(next);
  }
  return result;
}

/** @throws UsageError naming the option */
export function readIndices(text: string, option: string): IndexRange[] {
  const ranges = text.split(',').map((part) => {
    const match = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part.trim());
    const from = match === null ? 0 : Number(match[1]);
    const to = match?.[2] === undefined ? from : Number(match[2]);
    if (!(from >= 1 && to >= from)) {
      throw new UsageError(
        match === null ? 'value-format' : 'value-range',
        option,
        `expected datagrams from 1 on, such as 3,7,9-12, got "${text}"`,
      );
    }
    return { from, to };
  });
  const sorted = ranges.toSorted((a, b) => a.from - b.from);
  return joined(sorted, (last, next) => next.from <= last.to + 1);
}

/** Indices as `--drop-list` and `--duplicate-list` take them. */
export const formatIndices = (ranges: readonly IndexRange[]): string =>
  ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',');

export function checkRanges<T>(
  setting: string,
  ranges: readonly T[],
  ends: (range: T) => readonly [number, number],
  min: number,
): void {
  let previousEnd = min - 1;
  for (const range of ranges) {
    const [from, to] = ends(range);
    if (!(from > previousEnd && to >= from && Number.isSafeInteger(from) && Number.isSafeInteger(to))) {
      refuse(setting, `rising, disjoint ranges from ${min}`, `${from} to ${to}`);
    }
    previousEnd = to;
  }
}

export const checkIndices = (setting: string, ranges: readonly IndexRange[]): void =>
  checkRanges(setting, ranges, ({ from, to }) => [from, to], 1);

/** Position of the first entry that ends at or after `index`; entries rise. */
export function firstFrom<T>(list: readonly T[], endOf: (entry: T) => number, index: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endOf(list[middle] as T) < index) low = middle + 1;
    else high = middle;
  }
  return low;
}

const endOfRange = ({ to }: IndexRange): number => to;

/** Calls `visit` with the first and the end row of each range that overlaps the `rows` indices from `firstIndex` on. */
export function eachPart(
  list: readonly IndexRange[],
  firstIndex: number,
  rows: number,
  visit: (first: number, end: number) => void,
): void {
  for (let k = firstFrom(list, endOfRange, firstIndex); k < list.length; k += 1) {
    const { from, to } = list[k] as IndexRange;
    if (from >= firstIndex + rows) return;
    visit(Math.max(from - firstIndex, 0), Math.min(to + 1 - firstIndex, rows));
  }
}
