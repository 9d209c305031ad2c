/**
 * One flow of a recording in memory, as columns, and how they are filled: the reader decodes each payload directly to
 * its final place.
 */
import { GrowingColumn } from '../../src/base/growingColumn.ts';
import type { RecordingHeader } from './format.ts';
import { FrameBatch } from './frameBatch.ts';

/** What a replay plays, and arrivals are compared with. */
export interface RecordedFlow {
  readonly header: RecordingHeader;
  /** Datagrams of this flow and direction; rows 0 .. count - 1. */
  readonly count: number;
  /** Payloads, one after the other. */
  readonly bytes: Uint8Array;
  /** Row → start in `bytes`. */
  readonly offsets: Uint32Array;
  /** Row → payload length, bytes. */
  readonly lengths: Uint32Array;
  /** Row → offset from the recording's start, whole nanoseconds, never going back. */
  readonly timesNs: Float64Array;
}

/** A view of its first `max` datagrams. */
export function beginningOf<Flow extends RecordedFlow>(flow: Flow, max: number): Flow {
  const count = Math.min(max, flow.count);
  return {
    ...flow,
    count,
    bytes: flow.bytes.subarray(0, endOf(flow, count)),
    offsets: flow.offsets.subarray(0, count),
    lengths: flow.lengths.subarray(0, count),
    timesNs: flow.timesNs.subarray(0, count),
  };
}

const endOf = ({ offsets, lengths }: RecordedFlow, count: number): number =>
  count === 0 ? 0 : (offsets[count - 1] as number) + (lengths[count - 1] as number);

/** Collects the rows of one flow. */
export class FlowColumns {
  /** The batch that the reader fills; its kept bytes are the payloads taken so far. */
  readonly batch: FrameBatch;
  count = 0;
  readonly #spareBytes: number;
  readonly #offsets: GrowingColumn<Uint32Array>;
  readonly #lengths: GrowingColumn<Uint32Array>;
  readonly #timesNs: GrowingColumn<Float64Array>;

  /**
   * @param rows initial capacity, 1 or more
   * @param payloadBytes initial capacity for payloads
   * @param batchFrames number of frames read at a time
   * @param spareBytes room for one read, at least for the longest line
   */
  constructor(rows: number, payloadBytes: number, batchFrames: number, spareBytes: number) {
    this.batch = new FrameBatch(batchFrames, payloadBytes + spareBytes);
    this.#spareBytes = spareBytes;
    this.#offsets = new GrowingColumn(new Uint32Array(rows));
    this.#lengths = new GrowingColumn(new Uint32Array(rows));
    this.#timesNs = new GrowingColumn(new Float64Array(rows));
  }

  /** Total size of the payloads taken, bytes. */
  get usedBytes(): number {
    return this.batch.keptBytes;
  }

  /** Takes a row of the batch. Its payload moves only if one before it was not taken. */
  take(row: number): void {
    const { batch, count } = this;
    if (count === this.#offsets.length) this.#addRows(count + 1);
    const start = batch.offsets[row] as number;
    const lengthBytes = batch.lengths[row] as number;
    const to = batch.keptBytes;
    if (start !== to) batch.bytes.copyWithin(to, start, start + lengthBytes);
    this.#offsets.values[count] = to;
    this.#lengths.values[count] = lengthBytes;
    this.#timesNs.values[count] = batch.timesNs[row] as number;
    batch.keptBytes = to + lengthBytes;
    this.count = count + 1;
  }

  /** Makes room for the next batch; call it when all wanted rows of this one are taken. */
  makeRoom(): void {
    const { batch } = this;
    if (batch.bytes.length - batch.keptBytes >= this.#spareBytes) return;
    const larger = Buffer.allocUnsafeSlow(2 * batch.bytes.length + this.#spareBytes);
    batch.bytes.copy(larger, 0, 0, batch.keptBytes);
    batch.bytes = larger;
  }

  /** The rows taken. An arena that is mostly empty is replaced by a smaller one. */
  columns(): Omit<RecordedFlow, 'header'> {
    const { batch, count, usedBytes } = this;
    const arena = new Uint8Array(batch.bytes.buffer, 0, usedBytes);
    const isSpacious = batch.bytes.length - usedBytes > Math.max(usedBytes, this.#spareBytes);
    return {
      count,
      bytes: isSpacious ? arena.slice() : arena,
      offsets: this.#offsets.values.subarray(0, count),
      lengths: this.#lengths.values.subarray(0, count),
      timesNs: this.#timesNs.values.subarray(0, count),
    };
  }

  #addRows(rows: number): void {
    this.#offsets.fit(rows);
    this.#lengths.fit(rows);
    this.#timesNs.fit(rows);
  }
}
