/**
 * The delay stage: computes when a datagram leaves it, in media time. The release queue does the waiting.
 *
 * A datagram enters when it leaves the reorder buffer: one that was not held enters at its own media time; a held one
 * at the media time of the index whose pass released it; a flushed one at the media time of the stream's last index.
 * So entry times never go back in the order in which datagrams leave the reorder buffer. That order is the stage's
 * *position* order.
 */
export class DelayStage {
  readonly #keepOrder: boolean;
  #previousNs = 0;

  constructor(keepOrder: boolean) {
    this.#keepOrder = keepOrder;
  }

  /**
   * The scheduled release of the next datagram in position order, nanoseconds; its copies have the same one. Dropped and
   * missing datagrams never enter, so nothing waits for them.
   * @param entryNs media time at which it enters
   * @param delayNs from the schedule
   */
  releaseNs(entryNs: number, delayNs: number): number {
    const ownNs = entryNs + delayNs;
    if (!this.#keepOrder) return ownNs;
    if (ownNs > this.#previousNs) this.#previousNs = ownNs;
    return this.#previousNs;
  }
}
