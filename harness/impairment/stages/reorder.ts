/**
 * Reorder: a datagram is held back until a number of later ones have passed, drawn or listed.
 */
import { isObject } from '../../../src/base/arguments.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { readRatio, readSpan } from '../../../src/base/quantities.ts';
import { firstFrom } from './ranges.ts';
import { exactRatio } from './ratios.ts';
import { checkRatios, isCount, refuse } from './stage.ts';
import type { Stage } from './stage.ts';

/** One datagram that is always held back. */
export interface ListedHold {
  /** The datagram, 1 or more. */
  readonly index: number;
  /** Number of later datagrams that pass it, 1 to MAX_REORDER_DISTANCE. */
  readonly distance: number;
}

export interface ReorderFields {
  readonly reorder: {
    /** Share of the delivered datagrams that are held back, 0 to below 1. */
    readonly ratio: number;
    /** Number of later datagrams that pass a held one: minimum and maximum, 1 to MAX_REORDER_DISTANCE. */
    readonly distance: readonly [number, number];
  };
  /** Datagrams that are always held back, with their distances. Rising indices, each once. */
  readonly reorderList: readonly ListedHold[];
}

/** The largest distance, in later datagrams. */
export const MAX_REORDER_DISTANCE = 1000;
const USUAL: readonly [number, number] = [1, 3];

const readDistance = (text: string, option: string): [number, number] =>
  readSpan(text, option, 1, MAX_REORDER_DISTANCE);

function readHolds(text: string, option: string): ListedHold[] {
  const holds = text.split(',').map((part) => {
    const match = /^(\d{1,15}):(\d{1,4})$/.exec(part.trim());
    const hold = { index: Number(match?.[1]), distance: Number(match?.[2]) };
    if (!(hold.index >= 1 && hold.distance >= 1)) {
      throw new UsageError(
        match === null ? 'value-format' : 'value-range',
        option,
        `expected datagrams from 1 on, each with its distance, such as 17:3,25:1, got "${text}"`,
      );
    }
    return hold;
  });
  const sorted = holds.toSorted((a, b) => a.index - b.index);
  const twice = sorted.find((hold, k) => hold.index === sorted[k - 1]?.index);
  if (twice !== undefined) {
    throw new UsageError(
      'repeated',
      option,
      `expected each datagram once, got ${twice.index} twice; leave one out`,
    );
  }
  return sorted;
}

function checkHolds(setting: string, holds: readonly ListedHold[]): void {
  let previous = 0;
  for (const { index, distance } of holds) {
    if (!(index > previous && Number.isSafeInteger(index))) {
      refuse(setting, 'rising datagrams from 1, each once', index);
    }
    if (!isCount(distance, 1, MAX_REORDER_DISTANCE)) {
      refuse(setting, `distances from 1 to ${MAX_REORDER_DISTANCE}`, distance);
    }
    previous = index;
  }
}

/** Holds as `--reorder-list` takes them. */
export const formatHolds = (holds: readonly ListedHold[]): string =>
  holds.map(({ index, distance }) => `${index}:${distance}`).join(',');

const indexOfHold = ({ index }: ListedHold): number => index;

export const reorder: Stage = {
  knobs: [
    {
      name: 'reorder',
      flags: '--reorder <ratio>',
      description: 'hold datagrams back until later ones have passed, such as 5% (default: none)',
    },
    {
      name: 'reorderDistance',
      flags: '--reorder-distance <span>',
      description: `how many later datagrams pass a held one (default: ${USUAL.join('..')})`,
    },
    {
      name: 'reorderList',
      flags: '--reorder-list <index:distance>',
      description: 'hold these back until so many later ones have passed, such as 17:3,25:1 (default: none)',
    },
  ],
  kinds: {
    reorder: [
      'a ratio and a distance, two numbers',
      (value) => isObject(value) && Array.isArray(value['distance']) && value['distance'].length === 2,
    ],
    reorderList: ['a list of holds', Array.isArray],
  },
  off: { reorder: { ratio: 0, distance: USUAL }, reorderList: [] },
  actsOnControl: true,
  read: (given) => {
    given.needs('reorderDistance', ['reorder']);
    return {
      reorder: {
        ratio: given.read('reorder', readRatio, 0),
        distance: given.read<readonly [number, number]>('reorderDistance', readDistance, USUAL),
      },
      reorderList: given.read<ListedHold[]>('reorderList', readHolds, []),
    };
  },
  check: ({ reorder: { ratio, distance }, reorderList }, nameOf) => {
    checkRatios(nameOf('reorder'), { 'a ratio': ratio });
    if (ratio === 1) {
      refuse(nameOf('reorder'), 'a ratio below 100% (a held datagram waits for others to pass)', '100%');
    }
    checkHolds(nameOf('reorderList'), reorderList);
    const [min, max] = distance;
    if (!(isCount(min, 1, MAX_REORDER_DISTANCE) && isCount(max, min, MAX_REORDER_DISTANCE))) {
      refuse(nameOf('reorderDistance'), `a rising span from 1 to ${MAX_REORDER_DISTANCE}`, `${min}..${max}`);
    }
  },
  format: ({ reorder: { ratio, distance }, reorderList }) => {
    const isUsual = String(distance) === String(USUAL);
    return [
      ...(ratio > 0 || !isUsual ? [`--reorder ${exactRatio(ratio)}`] : []),
      ...(isUsual ? [] : [`--reorder-distance ${distance.join('..')}`]),
      ...(reorderList.length > 0 ? [`--reorder-list ${formatHolds(reorderList)}`] : []),
    ];
  },
  columns: ({ reorder: { ratio }, reorderList }) => (ratio > 0 || reorderList.length > 0 ? ['hold'] : []),
  decisions: ({ reorder: { ratio, distance } }) =>
    ratio === 0 ? [] : distance[0] === distance[1] ? ['hold'] : ['hold', 'hold-distance'],
  decide: (config, { firstIndex, rows, base, dropCause, hold, draws }) => {
    const { ratio, distance } = config.reorder;
    const list = config.reorderList;
    const [min, max] = distance;
    const span = max - min + 1;
    if (ratio > 0) {
      const drawn = draws('hold');
      const distances = span === 1 ? drawn : draws('hold-distance');
      for (let k = 0; k < rows; k += 1) {
        const isHeld = (drawn[k] as number) < ratio && dropCause[base + k] === 0;
        hold[base + k] = !isHeld ? 0 : span === 1 ? min : min + Math.floor((distances[k] as number) * span);
      }
    } else if (list.length > 0) hold.fill(0, base, base + rows);
    // The list's distance replaces a drawn one.
    for (let k = firstFrom(list, indexOfHold, firstIndex); k < list.length; k += 1) {
      const listed = list[k] as ListedHold;
      if (listed.index >= firstIndex + rows) break;
      const row = base + listed.index - firstIndex;
      if (dropCause[row] === 0) hold[row] = listed.distance;
    }
    return 0;
  },
};
