/**
 * Corrupt: one bit of a datagram is flipped.
 */
import { readRatio } from '../../../src/base/quantities.ts';
import { exactRatio } from './ratios.ts';
import { RATIO_KIND, checkRatios } from './stage.ts';
import type { Stage } from './stage.ts';

export interface CorruptFields {
  /** Share of the delivered datagrams that have one bit flipped. */
  readonly corruptRatio: number;
}

export const corrupt: Stage = {
  knobs: [
    {
      name: 'corrupt',
      flags: '--corrupt <ratio>',
      description: 'flip one bit, such as 0.1% (default: none)',
    },
  ],
  kinds: { corruptRatio: RATIO_KIND },
  off: { corruptRatio: 0 },
  // Control datagrams carry no check that would detect corruption.
  actsOnControl: false,
  read: (given) => ({ corruptRatio: given.read('corrupt', readRatio, 0) }),
  check: ({ corruptRatio }, nameOf) => checkRatios(nameOf('corrupt'), { 'a ratio': corruptRatio }),
  format: ({ corruptRatio }) => (corruptRatio > 0 ? [`--corrupt ${exactRatio(corruptRatio)}`] : []),
  columns: ({ corruptRatio }) => (corruptRatio > 0 ? ['corrupt'] : []),
  decisions: ({ corruptRatio }) => (corruptRatio > 0 ? ['corrupt', 'corrupt-bit'] : []),
  decide: ({ corruptRatio }, { rows, base, dropCause, corrupt: column, draws }) => {
    if (corruptRatio === 0) return 0;
    const hits = draws('corrupt');
    const bits = draws('corrupt-bit');
    for (let k = 0; k < rows; k += 1) {
      const isHit = (hits[k] as number) < corruptRatio && dropCause[base + k] === 0;
      column[base + k] = isHit ? (bits[k] as number) : -1;
    }
    return 0;
  },
};
