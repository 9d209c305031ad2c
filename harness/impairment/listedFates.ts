/**
 * Fates that are listed instead of drawn: these datagrams are lost, copied, held back.
 *
 * Pure, and takes no draw, so a list moves no other decision. Every function fills `rows` consecutive indices from
 * `firstIndex` on into `column[base …]`, and looks only at the entries that fall among them. Drop wins: where
 * `dropCause` says that a datagram is lost, nothing else happens to it.
 */
import type { IndexRange, ListedHold } from './config.ts';
import { LISTED } from './dropModels.ts';

/** Position of the first entry that does not end before `index`; entries rise. */
function firstFrom<T>(list: readonly T[], endOf: (entry: T) => number, index: number): number {
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
const indexOfHold = ({ index }: ListedHold): number => index;

/** Calls `visit` with the first and the end row of each range's part among the rows. */
function eachPart(
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

/** The listed are lost, whatever a loss model decided: the list is the cause named. */
export function dropListed(
  list: readonly IndexRange[],
  firstIndex: number,
  rows: number,
  dropCause: Uint8Array,
  base: number,
): void {
  eachPart(list, firstIndex, rows, (first, end) => dropCause.fill(LISTED, base + first, base + end));
}

/** The listed have one copy, as if it had been drawn. */
export function copyListed(
  list: readonly IndexRange[],
  firstIndex: number,
  rows: number,
  dropCause: Uint8Array,
  copies: Uint8Array,
  base: number,
): void {
  eachPart(list, firstIndex, rows, (first, end) => {
    for (let row = base + first; row < base + end; row += 1) if (dropCause[row] === 0) copies[row] = 1;
  });
}

/** The listed are held back by their distances; where one was drawn, the list's wins. */
export function holdListed(
  list: readonly ListedHold[],
  firstIndex: number,
  rows: number,
  dropCause: Uint8Array,
  hold: Uint16Array,
  base: number,
): void {
  for (let k = firstFrom(list, indexOfHold, firstIndex); k < list.length; k += 1) {
    const { index, distance } = list[k] as ListedHold;
    if (index >= firstIndex + rows) return;
    const row = base + index - firstIndex;
    if (dropCause[row] === 0) hold[row] = distance;
  }
}
