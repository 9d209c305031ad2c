/**
 * The fate of a repeat: the k-th datagram, k ≥ 2, with the same index.
 *
 * A retransmission has a new fate, which is the same in every run: each decision takes the first draw of a separate
 * random stream with the key `seed/flow/direction/decision/repeat/INDEX/k`, at the same cost for any index. Lists and
 * the blocks of `--drop-exact` apply to first datagrams only, and a chain loses a repeat with its mean ratio. A repeat of
 * a spared index is spared, too.
 */
import { randomStream } from '../../src/base/random.ts';
import { meanLossRatio } from './analytic.ts';
import type { ImpairmentConfig } from './config.ts';
import { delayForDrawNs } from './distributions.ts';
import { OUTAGE, causeOf } from './dropModels.ts';
import { isOutage } from './stages/outage.ts';
import { isSpared } from './stages/spare.ts';

/** A fate, with the same meaning as the columns of a schedule. */
export interface Fate {
  readonly dropCause: number;
  readonly copies: number;
  readonly hold: number;
  readonly corrupt: number;
  readonly delayNs: number;
}

/** The fate of a datagram that passes unharmed. */
const UNHARMED: Fate = { dropCause: 0, copies: 0, hold: 0, corrupt: -1, delayNs: 0 };

/** The fate of a datagram that is lost. */
export const droppedFate = (dropCause: number): Fate => ({ ...UNHARMED, dropCause });

/**
 * @param keyPrefix key of the schedule's random streams, without the decision
 * @param index the index, 1 or more
 * @param repeat 2 for the second datagram with that index, and so on
 * @param mediaTimeNs its media time, nanoseconds; NaN if there is none
 */
export function repeatFate(
  config: ImpairmentConfig,
  keyPrefix: string,
  index: number,
  repeat: number,
  mediaTimeNs: number,
): Fate {
  const draw = (decision: string): number =>
    randomStream(`${keyPrefix}/${decision}/repeat/${index}/${repeat}`).draw();
  if (isSpared(config, index)) return UNHARMED;
  if (isOutage(config.outages, mediaTimeNs)) return droppedFate(OUTAGE);
  const { drop, corruptRatio, duplicateRatio, reorder, delay } = config;
  if (drop !== null && drop.kind !== 'exact' && draw('drop') < meanLossRatio(drop))
    return droppedFate(causeOf(drop));
  const [min, max] = reorder.distance;
  const isHeld = reorder.ratio > 0 && draw('hold') < reorder.ratio;
  return {
    dropCause: 0,
    copies: duplicateRatio > 0 && draw('duplicate') < duplicateRatio ? 1 : 0,
    hold: isHeld ? min + (max > min ? Math.floor(draw('hold-distance') * (max - min + 1)) : 0) : 0,
    corrupt: corruptRatio > 0 && draw('corrupt') < corruptRatio ? draw('corrupt-bit') : -1,
    delayNs: delay === null ? 0 : delayForDrawNs(delay, delay.jitterNs > 0 ? draw('delay') : 0),
  };
}
