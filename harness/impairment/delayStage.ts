/**
 * The delay stage: computes when a datagram leaves it, in media time. The release queue does the waiting.
 *
 * A datagram enters when it leaves the reorder buffer: one that was not held enters at its own media time; a held one
 * at the media time of the index whose pass released it; a flushed one at the media time of the stream's last index.
 * So entry times never go back in the order in which datagrams leave the reorder buffer. That order is the stage's
 * *position* order.
 */
import type { DelaySettings } from './stages/delay.ts';

export class DelayStage {
  #keepOrder: boolean;
  /** The latest scheduled release so far. */
  #latestNs = 0;

  constructor(keepOrder: boolean) {
    this.#keepOrder = keepOrder;
  }

  /**
   * The settings have changed, for the next datagram in position order and all behind it. Where order is kept now, none of
   * them leaves before one that came earlier, with whatever delay.
   * @param delay null for no delay: then they do not wait for others
   */
  change(delay: DelaySettings | null): void {
    this.#keepOrder = delay?.keepOrder ?? false;
  }

  /**
   * The scheduled release of the next datagram in position order, nanoseconds; its copies have the same one. Dropped and
   * missing datagrams never enter, so nothing waits for them.
   * @param entryNs media time at which it enters
   * @param delayNs from the schedule
   */
  releaseNs(entryNs: number, delayNs: number): number {
    const ownNs = entryNs + delayNs;
    if (ownNs > this.#latestNs) this.#latestNs = ownNs;
    return this.#keepOrder ? this.#latestNs : ownNs;
  }
}
