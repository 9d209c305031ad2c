/**
 * Duplicate: a datagram is followed by a copy, drawn or listed.
 */
import { readRatio } from '../../../src/base/quantities.ts';
import { checkIndices, eachPart, formatIndices, readIndices } from './ranges.ts';
import type { IndexRange } from './ranges.ts';
import { exactRatio } from './ratios.ts';
import { RANGES_KIND, RATIO_KIND, checkRatios } from './stage.ts';
import type { Stage } from './stage.ts';

export interface DuplicateFields {
  /** Share of the delivered datagrams that are followed by a copy. */
  readonly duplicateRatio: number;
  /** Always followed by a copy. Sorted, disjoint. */
  readonly duplicateList: readonly IndexRange[];
}

export const duplicate: Stage = {
  knobs: [
    {
      name: 'duplicate',
      flags: '--duplicate <ratio>',
      description: 'send a copy as well, such as 1% (default: none)',
    },
    {
      name: 'duplicateList',
      flags: '--duplicate-list <indices>',
      description: 'send a copy of these as well, such as 5,9-12 (default: none)',
    },
  ],
  kinds: { duplicateRatio: RATIO_KIND, duplicateList: RANGES_KIND },
  off: { duplicateRatio: 0, duplicateList: [] },
  actsOnControl: true,
  read: (given) => ({
    duplicateRatio: given.read('duplicate', readRatio, 0),
    duplicateList: given.read<IndexRange[]>('duplicateList', readIndices, []),
  }),
  check: ({ duplicateRatio, duplicateList }, nameOf) => {
    checkRatios(nameOf('duplicate'), { 'a ratio': duplicateRatio });
    checkIndices(nameOf('duplicateList'), duplicateList);
  },
  format: ({ duplicateRatio, duplicateList }) => [
    ...(duplicateRatio > 0 ? [`--duplicate ${exactRatio(duplicateRatio)}`] : []),
    ...(duplicateList.length > 0 ? [`--duplicate-list ${formatIndices(duplicateList)}`] : []),
  ],
  columns: ({ duplicateRatio, duplicateList }) =>
    duplicateRatio > 0 || duplicateList.length > 0 ? ['copies'] : [],
  decisions: ({ duplicateRatio }) => (duplicateRatio > 0 ? ['duplicate'] : []),
  decide: ({ duplicateRatio, duplicateList }, { firstIndex, rows, base, dropCause, copies, draws }) => {
    if (duplicateRatio > 0) {
      const drawn = draws('duplicate');
      for (let k = 0; k < rows; k += 1)
        copies[base + k] = (drawn[k] as number) < duplicateRatio && dropCause[base + k] === 0 ? 1 : 0;
    } else if (duplicateList.length > 0) copies.fill(0, base, base + rows);
    eachPart(duplicateList, firstIndex, rows, (first, end) => {
      for (let row = base + first; row < base + end; row += 1) if (dropCause[row] === 0) copies[row] = 1;
    });
    return 0;
  },
};
