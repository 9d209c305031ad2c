/**
 * A loaded recording as a stream: the recorded bytes, at their recorded times.
 */
import type { DatagramBatch } from '../../src/net/batch.ts';
import type { StreamSource } from '../../src/net/source.ts';
import type { RecordedFlow } from './recordedFlow.ts';

export class RecordingSource implements StreamSource {
  readonly total: number;
  readonly intervalNs: number;
  readonly #recording: RecordedFlow;

  constructor(recording: RecordedFlow) {
    this.#recording = recording;
    this.total = recording.count;
    this.intervalNs = recording.header.intervalNs ?? 0;
  }

  mediaTimeNs(count: number): number {
    return this.#recording.timesNs[count - 1] as number;
  }

  append(batch: DatagramBatch, count: number, dueNs: number): boolean {
    const { bytes, offsets, lengths } = this.#recording;
    return batch.append(bytes, offsets[count - 1] as number, lengths[count - 1] as number, dueNs);
  }
}

/** Compares arrivals with the recording, byte for byte. */
export class PayloadComparison {
  compared = 0;
  different = 0;
  readonly #recording: RecordedFlow;
  readonly #recorded: Buffer;

  constructor(recording: RecordedFlow) {
    this.#recording = recording;
    const { buffer, byteOffset, byteLength } = recording.bytes;
    this.#recorded = Buffer.from(buffer, byteOffset, byteLength);
  }

  compare(count: number, batch: DatagramBatch, row: number): void {
    this.compared += 1;
    const { offsets, lengths, count: total } = this.#recording;
    const start = batch.offsets[row] as number;
    const lengthBytes = batch.lengths[row] as number;
    const recordedAt = offsets[count - 1] as number;
    if (
      count < 1 ||
      count > total ||
      lengthBytes !== lengths[count - 1] ||
      this.#recorded.compare(
        batch.bytes,
        start,
        start + lengthBytes,
        recordedAt,
        recordedAt + lengthBytes,
      ) !== 0
    ) {
      this.different += 1;
    }
  }
}
