/**
 * Drop list: the listed datagrams are lost, whatever the loss model decided; their cause is the list.
 */
import { causeCode } from '../causes.ts';
import { checkIndices, eachPart, formatIndices, readIndices } from './ranges.ts';
import type { IndexRange } from './ranges.ts';
import { RANGES_KIND } from './stage.ts';
import type { Stage } from './stage.ts';

export interface DropListFields {
  /** Sorted, disjoint. */
  readonly dropList: readonly IndexRange[];
}

const LISTED = causeCode('list');

export const dropList: Stage = {
  knobs: [
    {
      name: 'dropList',
      flags: '--drop-list <indices>',
      description: 'lose these datagrams, such as 3,7,9-12 (default: none)',
    },
  ],
  kinds: { dropList: RANGES_KIND },
  off: { dropList: [] },
  actsOnControl: false,
  read: (given) => ({ dropList: given.read<IndexRange[]>('dropList', readIndices, []) }),
  check: ({ dropList: list }, nameOf) => checkIndices(nameOf('dropList'), list),
  format: ({ dropList: list }) => (list.length === 0 ? [] : [`--drop-list ${formatIndices(list)}`]),
  columns: ({ dropList: list }) => (list.length > 0 ? ['dropCause'] : []),
  decide: ({ dropList: list }, { firstIndex, rows, base, dropCause }) => {
    eachPart(list, firstIndex, rows, (first, end) => dropCause.fill(LISTED, base + first, base + end));
    return 0;
  },
};
