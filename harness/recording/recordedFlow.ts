/**
 * One flow of a recording as columns, and how they are filled: the reader decodes each payload directly to its final
 * place.
 *
 * Payloads are kept up to a size. Of a larger flow only their digests are, and it is read again while it is played.
 */
import { GrowingColumn } from '../../src/base/growingColumn.ts';
import type { RecordingHeader } from './format.ts';
import { FrameBatch } from './frameBatch.ts';
import { PayloadDigest } from './payloadDigest.ts';

/** What is known of every flow. */
export interface FlowRows {
  readonly header: RecordingHeader;
  /** Datagrams of this flow and direction; rows 0 .. count - 1. */
  readonly count: number;
  /** Row → payload length, bytes. */
  readonly lengths: Uint32Array;
  /** Row → offset from the recording's start, whole nanoseconds, never going back. */
  readonly timesNs: Float64Array;
}

export interface KeptPayloads {
  /** Payloads, one after the other. */
  readonly bytes: Uint8Array;
  /** Row → start in `bytes`. */
  readonly offsets: Uint32Array;
}

export interface DigestedPayloads {
  /** Row × 2 → the two halves of the payload's digest. */
  readonly digests: Uint32Array;
}

/** A flow that is in memory. */
export interface KeptFlow extends FlowRows, KeptPayloads {}

/** A flow that is read again while it is played. */
export interface DigestedFlow extends FlowRows, DigestedPayloads {}

/** What a replay plays, and arrivals are compared with. */
export type RecordedFlow = KeptFlow | DigestedFlow;

/** Payloads of a flow that are kept, bytes. */
export const KEPT_BYTES = 64 << 20;

/** Collects the rows of one flow. */
export class FlowColumns {
  /** The batch that the reader fills; its kept bytes are the payloads taken so far. */
  readonly batch: FrameBatch;
  count = 0;
  readonly #spareBytes: number;
  readonly #keepBytes: number;
  readonly #offsets: GrowingColumn<Uint32Array>;
  readonly #lengths: GrowingColumn<Uint32Array>;
  readonly #timesNs: GrowingColumn<Float64Array>;
  readonly #digest = new PayloadDigest();
  /** Null as long as the payloads are kept. */
  #digests: GrowingColumn<Uint32Array> | null = null;

  /**
   * @param rows initial capacity, 1 or more
   * @param payloadBytes initial capacity for payloads
   * @param batchFrames number of frames read at a time
   * @param spareBytes room for one read, at least for the longest line
   * @param keepBytes payloads that are kept; of a flow with more, digests are
   */
  constructor(
    rows: number,
    payloadBytes: number,
    batchFrames: number,
    spareBytes: number,
    keepBytes: number,
  ) {
    this.batch = new FrameBatch(batchFrames, payloadBytes + spareBytes);
    this.#spareBytes = spareBytes;
    this.#keepBytes = keepBytes;
    this.#offsets = new GrowingColumn(new Uint32Array(rows));
    this.#lengths = new GrowingColumn(new Uint32Array(rows));
    this.#timesNs = new GrowingColumn(new Float64Array(rows));
  }

  /** Takes a row of the batch. Its payload moves only if one before it was not taken. */
  take(row: number): void {
    const { batch, count } = this;
    const start = batch.offsets[row] as number;
    const lengthBytes = batch.lengths[row] as number;
    this.#lengths.fit(count + 1);
    this.#timesNs.fit(count + 1);
    if (this.#digests === null && batch.keptBytes + lengthBytes > this.#keepBytes) this.#letGo();
    if (this.#digests === null) this.#keep(start, lengthBytes);
    else this.#note(this.#digests, count, start, lengthBytes);
    this.#lengths.values[count] = lengthBytes;
    this.#timesNs.values[count] = batch.timesNs[row] as number;
    this.count = count + 1;
  }

  /** Makes room for the next batch; call it when all wanted rows of this one are taken. */
  makeRoom(): void {
    const { batch } = this;
    const hasRoom = batch.bytes.length - batch.keptBytes >= this.#spareBytes;
    if (this.#digests !== null) {
      batch.keptBytes = 0;
      if (batch.bytes.length !== this.#spareBytes) batch.bytes = Buffer.allocUnsafeSlow(this.#spareBytes);
    } else if (!hasRoom) {
      const larger = Buffer.allocUnsafeSlow(2 * batch.bytes.length + this.#spareBytes);
      batch.bytes.copy(larger, 0, 0, batch.keptBytes);
      batch.bytes = larger;
    }
  }

  /** The rows taken. An arena that is mostly empty is replaced by a smaller one. */
  columns(): Omit<KeptFlow, 'header'> | Omit<DigestedFlow, 'header'> {
    const { count } = this;
    const rows = {
      count,
      lengths: this.#lengths.values.subarray(0, count),
      timesNs: this.#timesNs.values.subarray(0, count),
    };
    return this.#digests === null
      ? { ...rows, ...this.#kept() }
      : { ...rows, digests: this.#digests.values.subarray(0, 2 * count) };
  }

  #kept(): KeptPayloads {
    const { bytes, keptBytes } = this.batch;
    const arena = new Uint8Array(bytes.buffer, 0, keptBytes);
    const isSpacious = bytes.length - keptBytes > Math.max(keptBytes, this.#spareBytes);
    return {
      bytes: isSpacious ? arena.slice() : arena,
      offsets: this.#offsets.values.subarray(0, this.count),
    };
  }

  #keep(start: number, lengthBytes: number): void {
    const { batch, count } = this;
    const to = batch.keptBytes;
    if (start !== to) batch.bytes.copyWithin(to, start, start + lengthBytes);
    this.#offsets.fit(count + 1);
    this.#offsets.values[count] = to;
    batch.keptBytes = to + lengthBytes;
  }

  #note(digests: GrowingColumn<Uint32Array>, row: number, start: number, lengthBytes: number): void {
    const digest = this.#digest;
    digest.take(this.batch.bytes, start, lengthBytes);
    digests.fit(2 * (row + 1));
    digests.values[2 * row] = digest.low;
    digests.values[2 * row + 1] = digest.high;
  }

  /** From now on, digests are collected. */
  #letGo(): void {
    const digests = new GrowingColumn(new Uint32Array(2 * this.#lengths.length));
    for (let row = 0; row < this.count; row += 1)
      this.#note(digests, row, this.#offsets.values[row] as number, this.#lengths.values[row] as number);
    this.#offsets.values = new Uint32Array(0);
    this.#digests = digests;
  }
}
