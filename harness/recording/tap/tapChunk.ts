/**
 * Datagrams on their way to whoever writes them: columns and payloads in one piece of memory, which goes from thread to thread
 * without a copy. What was decided of a datagram stands in columns of its own, which only a capture has a use for.
 */
import type { DatagramBatch } from '../../../src/net/batch.ts';

/** Datagrams that a chunk holds at most. */
export const CHUNK_ROWS = 4096;
/** Room for payloads, bytes; the largest datagram takes an eighth. */
const PAYLOAD_BYTES = 512 * 1024;
/** What the columns of a row take, bytes. */
const ROW_BYTES = 4 * 8 + 3 * 4 + 3 * 2 + 4;
/** Size of a chunk with its columns. Memory that nothing is written to takes no room. */
const CHUNK_BYTES = CHUNK_ROWS * ROW_BYTES + PAYLOAD_BYTES;
/** A small chunk holds 256 datagrams, or one of the largest size. */
const SMALL_ROWS = 256;
const SMALL_BYTES = SMALL_ROWS * ROW_BYTES + 64 * 1024;

export class TapChunk {
  readonly buffer: ArrayBuffer;
  /** Row → time of arrival, nanoseconds. */
  readonly timesNs: Float64Array;
  /** Row → size of the payload, bytes. */
  readonly lengths: Uint32Array;
  /** Row → where the payload starts in `bytes`. */
  readonly starts: Uint32Array;
  /** Row → number of its client, or of its stream in a capture, from 0 in the order in which they were met. */
  readonly clients: Uint32Array;
  /** Row → 1 for a datagram on its way up. */
  readonly upward: Uint8Array;
  /** Row → what was decided of it, as in `Passages`; not set without a capture. */
  readonly kinds: Uint8Array;
  readonly dropCauses: Uint8Array;
  /** Bits of `MARK`. */
  readonly marks: Uint8Array;
  readonly holds: Uint16Array;
  readonly repeats: Uint16Array;
  /** Row → the new port that it is the first to leave from; 0 for none. */
  readonly movedTo: Uint16Array;
  readonly corrupt: Float64Array;
  readonly delaysNs: Float64Array;
  readonly indices: Float64Array;
  readonly bytes: Uint8Array;
  /** Rows in it. */
  count = 0;
  #usedBytes = 0;

  /** @param buffer of a chunk that is no longer needed, or came from another thread with so many rows */
  constructor(buffer: ArrayBuffer = new ArrayBuffer(CHUNK_BYTES), count = 0) {
    const rows = buffer.byteLength === SMALL_BYTES ? SMALL_ROWS : CHUNK_ROWS;
    this.buffer = buffer;
    this.count = count;
    this.timesNs = new Float64Array(buffer, 0, rows);
    this.corrupt = new Float64Array(buffer, rows * 8, rows);
    this.delaysNs = new Float64Array(buffer, rows * 16, rows);
    this.indices = new Float64Array(buffer, rows * 24, rows);
    this.lengths = new Uint32Array(buffer, rows * 32, rows);
    this.starts = new Uint32Array(buffer, rows * 36, rows);
    this.clients = new Uint32Array(buffer, rows * 40, rows);
    this.holds = new Uint16Array(buffer, rows * 44, rows);
    this.repeats = new Uint16Array(buffer, rows * 46, rows);
    this.movedTo = new Uint16Array(buffer, rows * 48, rows);
    this.upward = new Uint8Array(buffer, rows * 50, rows);
    this.kinds = new Uint8Array(buffer, rows * 51, rows);
    this.dropCauses = new Uint8Array(buffer, rows * 52, rows);
    this.marks = new Uint8Array(buffer, rows * 53, rows);
    this.bytes = new Uint8Array(buffer, rows * ROW_BYTES);
  }

  /** One for few datagrams. */
  static small(): TapChunk {
    return new TapChunk(new ArrayBuffer(SMALL_BYTES));
  }

  /** Adds a copy of a row of a batch. False if there is no room. */
  put(batch: DatagramBatch, from: number, client: number, isUpward: boolean): boolean {
    return this.putBytes(
      batch.bytes,
      batch.offsets[from] as number,
      batch.lengths[from] as number,
      batch.timesNs[from] as number,
      client,
      isUpward,
    );
  }

  /** The same of a datagram that stands anywhere. */
  putBytes(
    source: Uint8Array,
    start: number,
    lengthBytes: number,
    timeNs: number,
    client: number,
    isUpward: boolean,
  ): boolean {
    const row = this.count;
    const usedBytes = this.#usedBytes;
    if (row === this.lengths.length || usedBytes + lengthBytes > this.bytes.length) return false;
    this.bytes.set(source.subarray(start, start + lengthBytes), usedBytes);
    this.starts[row] = usedBytes;
    this.lengths[row] = lengthBytes;
    this.timesNs[row] = timeNs;
    this.clients[row] = client;
    this.upward[row] = isUpward ? 1 : 0;
    this.#usedBytes = usedBytes + lengthBytes;
    this.count = row + 1;
    return true;
  }
}
