/**
 * The delay stage: when a datagram is to leave it, on media time.
 *
 * Pure; holds nothing back itself (timeline.ts does). A datagram enters the stage when the hold stage lets it go:
 * one that was not held at its own media time; one that was held at the media time of the index whose pass released
 * it; one flushed at the end at the media time of the stream's last index. So entry times never go back along the
 * order in which datagrams come out of the hold stage, and that order is the stage's *position* order.
 */
export class DelayStage {
  readonly #keepOrder: boolean;
  #previousNs = 0;

  constructor(keepOrder: boolean) {
    this.#keepOrder = keepOrder;
  }

  /**
   * The scheduled release of the next datagram in position order, nanoseconds; its copies share it. Dropped and
   * missing datagrams never enter, so they keep nobody waiting.
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
