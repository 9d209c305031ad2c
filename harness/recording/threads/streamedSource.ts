/**
 * A recording that is too large to keep, as a stream: it is read again while it is played.
 */
import type { DatagramBatch } from '../../../src/net/batch.ts';
import type { StreamSource } from '../../../src/net/source.ts';
import type { CheckedFlow } from '../checkedFlow.ts';
import { StreamedFrames } from './streamedFrames.ts';

export class StreamedSource implements StreamSource {
  readonly total: number;
  readonly intervalNs: number;
  readonly #lastTimeNs: number;
  readonly #timesNs: Float64Array | null;
  readonly #frames: StreamedFrames;

  /**
   * @param timesNs the time of each datagram, where all are known
   * @throws EnvironmentError for a file that was changed since, as `append` and `mediaTimeNs` too
   */
  constructor(given: CheckedFlow, timesNs: Float64Array | null) {
    this.total = given.count;
    this.intervalNs = given.header.intervalNs ?? 0;
    this.#lastTimeNs = given.lastTimeNs;
    this.#timesNs = timesNs;
    this.#frames = new StreamedFrames(given);
  }

  /** Where not all times are known, to be asked in order, but for the last one. */
  mediaTimeNs(count: number): number {
    if (this.#timesNs !== null) return this.#timesNs[count - 1] as number;
    if (count === this.total) return this.#lastTimeNs;
    this.#frames.seek(count);
    return this.#frames.timeNs;
  }

  append(batch: DatagramBatch, count: number, dueNs: number): boolean {
    const frames = this.#frames;
    frames.seek(count);
    return batch.append(frames.bytes, frames.start, frames.lengthBytes, dueNs);
  }

  /** Ends the reading. */
  close(): void {
    this.#frames.close();
  }
}
