/**
 * A recording as a stream: the recorded bytes, at their recorded times.
 */
import type { DatagramBatch } from '../../src/net/batch.ts';
import type { StreamSource } from '../../src/net/source.ts';
import { PayloadDigest } from './payloadDigest.ts';
import type { KeptFlow, RecordedFlow } from './recordedFlow.ts';

/** A flow that is in memory. */
export class RecordingSource implements StreamSource {
  readonly total: number;
  readonly intervalNs: number;
  readonly #recording: KeptFlow;

  constructor(recording: KeptFlow) {
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

/** Compares arrivals with the recording: byte for byte, or by digest where its payloads are not kept. */
export class PayloadComparison {
  compared = 0;
  different = 0;
  readonly #recording: RecordedFlow;
  readonly #equals: (row: number, bytes: Uint8Array, start: number, lengthBytes: number) => boolean;

  constructor(recording: RecordedFlow) {
    this.#recording = recording;
    if ('bytes' in recording) {
      const { bytes, offsets } = recording;
      const recorded = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#equals = (row, arrived, start, lengthBytes) => {
        const from = offsets[row] as number;
        return recorded.compare(arrived, start, start + lengthBytes, from, from + lengthBytes) === 0;
      };
    } else {
      const { digests } = recording;
      const digest = new PayloadDigest();
      this.#equals = (row, arrived, start, lengthBytes) => {
        digest.take(arrived, start, lengthBytes);
        return digest.low === digests[2 * row] && digest.high === digests[2 * row + 1];
      };
    }
  }

  compare(count: number, batch: DatagramBatch, row: number): void {
    this.compared += 1;
    const { lengths, count: total } = this.#recording;
    const lengthBytes = batch.lengths[row] as number;
    const isEqual =
      count >= 1 &&
      count <= total &&
      lengthBytes === lengths[count - 1] &&
      this.#equals(count - 1, batch.bytes, batch.offsets[row] as number, lengthBytes);
    if (!isEqual) this.different += 1;
  }
}
