/**
 * Arrivals that equal no recorded datagram, kept for the comparison at the end. Memory is bounded: beyond it they are
 * only counted.
 */
import type { Peer } from '../../../src/net/batch.ts';

/** Bounds of what is kept. */
const MAX_KEPT = 10_000;
const MAX_KEPT_BYTES = 16 << 20;

export interface Stray {
  /** Position of its flow; −1 if it belongs to none. */
  readonly flow: number;
  readonly bytes: Uint8Array;
  /** Row of the last request of its flow before it; −1 if unknown. */
  readonly request: number;
  readonly from: Peer | null;
}

export class Strays {
  readonly kept: Stray[] = [];
  /** Position of a flow, −1 for none → arrivals that are only counted. */
  readonly counted = new Map<number, number>();
  #keptBytes = 0;

  /** Adds a copy. */
  add(
    flow: number,
    bytes: Uint8Array,
    start: number,
    lengthBytes: number,
    request: number,
    from: Peer | null,
  ): void {
    if (this.kept.length >= MAX_KEPT || this.#keptBytes + lengthBytes > MAX_KEPT_BYTES) {
      this.counted.set(flow, (this.counted.get(flow) ?? 0) + 1);
      return;
    }
    this.#keptBytes += lengthBytes;
    this.kept.push({ flow, bytes: bytes.slice(start, start + lengthBytes), request, from });
  }
  /** Those kept, by position of their flow; −1 for none. */
  byFlow(): Map<number, Stray[]> {
    const found = new Map<number, Stray[]>();
    for (const stray of this.kept) {
      const ofFlow = found.get(stray.flow);
      if (ofFlow === undefined) found.set(stray.flow, [stray]);
      else ofFlow.push(stray);
    }
    return found;
  }
}
