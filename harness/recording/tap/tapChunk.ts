/**
 * Datagrams on their way to the thread that writes them: columns and payloads in one piece of memory, which goes from
 * thread to thread without a copy.
 */
import type { DatagramBatch } from '../../../src/net/batch.ts';

/** Datagrams that a chunk holds at most. */
export const CHUNK_ROWS = 4096;
/** Room for payloads, bytes; the largest datagram takes an eighth. */
const PAYLOAD_BYTES = 512 * 1024;
/** What the columns of a row take, bytes. */
const ROW_BYTES = 8 + 4 + 4 + 4 + 1;
/** Size of a chunk with its columns. */
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
  /** Row → number of its client, from 0 in the order in which they were met. */
  readonly clients: Uint32Array;
  /** Row → 1 for a datagram on its way up. */
  readonly upward: Uint8Array;
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
    this.lengths = new Uint32Array(buffer, rows * 8, rows);
    this.starts = new Uint32Array(buffer, rows * 12, rows);
    this.clients = new Uint32Array(buffer, rows * 16, rows);
    this.upward = new Uint8Array(buffer, rows * 20, rows);
    this.bytes = new Uint8Array(buffer, rows * ROW_BYTES);
  }

  /** One for few datagrams. */
  static small(): TapChunk {
    return new TapChunk(new ArrayBuffer(SMALL_BYTES));
  }

  /** Adds a copy of a datagram. False if there is no room. */
  put(batch: DatagramBatch, from: number, client: number, isUpward: boolean): boolean {
    const lengthBytes = batch.lengths[from] as number;
    const row = this.count;
    const usedBytes = this.#usedBytes;
    if (row === this.lengths.length || usedBytes + lengthBytes > this.bytes.length) return false;
    const start = batch.offsets[from] as number;
    this.bytes.set(batch.bytes.subarray(start, start + lengthBytes), usedBytes);
    this.starts[row] = usedBytes;
    this.lengths[row] = lengthBytes;
    this.timesNs[row] = batch.timesNs[from] as number;
    this.clients[row] = client;
    this.upward[row] = isUpward ? 1 : 0;
    this.#usedBytes = usedBytes + lengthBytes;
    this.count = row + 1;
    return true;
  }
}
