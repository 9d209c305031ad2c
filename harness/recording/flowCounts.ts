/**
 * Number and size of the frames of each flow and direction of a recording.
 */
import type { Direction, FrameBatch } from './frameBatch.ts';

/** The datagrams of one flow in one direction. */
export interface FlowSummary {
  readonly flow: number;
  readonly direction: Direction;
  readonly frames: number;
  /** Total size of the payloads, bytes. */
  readonly payloadBytes: number;
}

export class FlowCounts {
  // One slot per flow and direction: flow × 2, plus 1 for up.
  readonly #frames = new Map<number, number>();
  readonly #payloadBytes = new Map<number, number>();

  add(batch: FrameBatch): void {
    // Frames of one flow mostly come in a row: these are added up before the maps are updated.
    let slot = -1;
    let frames = 0;
    let payloadBytes = 0;
    for (let row = 0; row < batch.count; row += 1) {
      const other = (batch.flows[row] as number) * 2 + (batch.upward[row] as number);
      if (other !== slot) {
        this.#put(slot, frames, payloadBytes);
        slot = other;
        frames = 0;
        payloadBytes = 0;
      }
      frames += 1;
      payloadBytes += batch.lengths[row] as number;
    }
    this.#put(slot, frames, payloadBytes);
  }

  /** By flow, down before up; only those with frames. */
  summaries(): FlowSummary[] {
    return [...this.#frames]
      .toSorted(([one], [other]) => one - other)
      .map(([slot, frames]) => ({
        flow: slot >> 1,
        direction: (slot & 1) === 1 ? 'up' : 'down',
        frames,
        payloadBytes: this.#payloadBytes.get(slot) ?? 0,
      }));
  }

  #put(slot: number, frames: number, payloadBytes: number): void {
    if (frames === 0) return;
    this.#frames.set(slot, (this.#frames.get(slot) ?? 0) + frames);
    this.#payloadBytes.set(slot, (this.#payloadBytes.get(slot) ?? 0) + payloadBytes);
  }
}
