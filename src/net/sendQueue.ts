/**
 * A queue of datagrams to send, in order: a list of batches that grows on demand and reuses its chunks.
 *
 * It holds the output of one step of an endpoint; `drain` empties it. The endpoint bounds it: by the input of a step
 * and the datagrams held back. Consecutive rows of one batch are copied together.
 */
import { DatagramBatch, MAX_DATAGRAM_BYTES } from './batch.ts';
import type { Peer } from './batch.ts';
import { sendControl } from './endpoint.ts';
import type { DatagramSink } from './endpoint.ts';

/** Datagrams that a chunk holds. */
export const CHUNK_DATAGRAMS = 256;
const CHUNK_BYTES = 256 * 1024;
/** Spare chunks kept for the next step; the memory of a rare large step is released. */
const MAX_SPARE = 4;

/** A batch of the usual size of a chunk: any datagram fits into an empty one. */
export const newChunk = (): DatagramBatch =>
  new DatagramBatch(CHUNK_DATAGRAMS, CHUNK_BYTES + MAX_DATAGRAM_BYTES);

/** Chunk size of queues for a few short datagrams. */
const SMALL_CHUNK_DATAGRAMS = 16;
const SMALL_CHUNK_BYTES = 4096;
const newSmallChunk = (minBytes: number): DatagramBatch =>
  new DatagramBatch(SMALL_CHUNK_DATAGRAMS, Math.max(SMALL_CHUNK_BYTES, minBytes));

/** Spare small chunks, shared by all such queues: most are empty, and many are short-lived. */
const SMALL_SPARE: DatagramBatch[] = [];
const MAX_SMALL_SPARE = 64;

/** Whether a batch is of the size that `newChunk` makes. */
export const isChunk = (batch: DatagramBatch): boolean =>
  batch.capacity === CHUNK_DATAGRAMS && batch.bytes.length === CHUNK_BYTES + MAX_DATAGRAM_BYTES;

/**
 * Copies rows `first` .. `end - 1` of a batch to the end of another, as far as they fit; adjacent rows are copied in
 * one piece.
 * @returns the first row that was not copied
 */
export function copyRows(
  into: DatagramBatch,
  from: DatagramBatch,
  first: number,
  end: number,
  source?: Peer,
): number {
  const { offsets, lengths, timesNs } = from;
  const start = offsets[first] as number;
  const limit = Math.min(end, first + into.capacity - into.count);
  const roomBytes = into.bytes.length - into.usedBytes;
  let copiedBytes = 0;
  let row = first;
  for (; row < limit; row += 1) {
    const lengthBytes = lengths[row] as number;
    if (offsets[row] !== start + copiedBytes || copiedBytes + lengthBytes > roomBytes) break;
    copiedBytes += lengthBytes;
  }
  into.bytes.set(from.bytes.subarray(start, start + copiedBytes), into.usedBytes);
  if (from.hasTos) {
    into.tos.set(from.tos.subarray(first, row), into.count);
    into.hasTos = true;
  }
  for (let k = first; k < row; k += 1) into.commit(lengths[k] as number, timesNs[k] as number, source);
  return row;
}

/** Sends a whole batch that is no longer needed, without a copy if the sink supports it. Clear it afterwards. */
export const sendAway = (sink: DatagramSink, port: number, peer: Peer, batch: DatagramBatch): number =>
  sink.sendAway?.(port, peer, batch) ?? sink.send(port, peer, batch, 0, batch.count);

export class SendQueue {
  /** Datagrams in it. */
  count = 0;
  readonly #chunks: DatagramBatch[] = [];
  readonly #spare: DatagramBatch[];
  readonly #maxSpare: number;
  #last: DatagramBatch | undefined;
  /** Rows that are in the queue but not copied yet. */
  #run: DatagramBatch | undefined;
  #runFrom = 0;
  #runEnd = 0;
  readonly #newChunk: (minBytes: number) => DatagramBatch;

  /** @param isSmall for a few short datagrams at a time, such as control: an empty queue and a used one cost little */
  constructor(isSmall = false) {
    this.#newChunk = isSmall ? newSmallChunk : newChunk;
    this.#spare = isSmall ? SMALL_SPARE : [];
    this.#maxSpare = isSmall ? MAX_SMALL_SPARE : MAX_SPARE;
  }

  get empty(): boolean {
    return this.count === 0;
  }

  /** Adds a copy of a datagram. Returns the batch whose last row it is until the next call. */
  put(from: Uint8Array, start: number, lengthBytes: number, timeNs: number, tos = 0): DatagramBatch {
    if (this.#run !== undefined) this.settle();
    this.count += 1;
    let chunk = this.#last;
    if (chunk?.append(from, start, lengthBytes, timeNs) !== true) {
      chunk = this.#addChunk(lengthBytes);
      chunk.append(from, start, lengthBytes, timeNs);
    }
    if (tos !== 0) chunk.setTos(chunk.count - 1, chunk.count, tos);
    return chunk;
  }

  /** Adds a row of a batch, which must not change until `settle` or `drain`. */
  putRow(batch: DatagramBatch, row: number): void {
    this.count += 1;
    if (batch === this.#run && row === this.#runEnd) {
      this.#runEnd = row + 1;
      return;
    }
    if (this.#run !== undefined) this.settle();
    this.#run = batch;
    this.#runFrom = row;
    this.#runEnd = row + 1;
  }

  /** Copies the rows added; their batch may change afterwards. */
  settle(): void {
    const run = this.#run;
    if (run === undefined) return;
    let chunk = this.#last ?? this.#addChunk(run.lengths[this.#runFrom] as number);
    for (let row = this.#runFrom; row < this.#runEnd;) {
      const next = copyRows(chunk, run, row, this.#runEnd);
      if (next === row) chunk = this.#addChunk(run.lengths[row] as number);
      row = next;
    }
    this.#run = undefined;
  }

  /**
   * Sends everything to one peer and empties the queue. Returns how many were refused.
   * @param isControl whether the datagrams are not accounted for: later failures are then not reported
   */
  drain(sink: DatagramSink, port: number, peer: Peer, isControl = false): number {
    this.settle();
    let refused = 0;
    for (const chunk of this.#chunks) {
      const { count } = chunk;
      const taken = isControl
        ? sendControl(sink, port, peer, chunk, 0, count)
        : sendAway(sink, port, peer, chunk);
      refused += count - taken;
    }
    this.clear();
    return refused;
  }

  /** Empties the queue. */
  clear(): void {
    for (const chunk of this.#chunks) {
      chunk.clear();
      if (this.#spare.length < this.#maxSpare) this.#spare.push(chunk);
    }
    this.#chunks.length = 0;
    this.#last = undefined;
    this.#run = undefined;
    this.count = 0;
  }

  /** @param minBytes size of a datagram that must fit */
  #addChunk(minBytes: number): DatagramBatch {
    let chunk = this.#spare.pop();
    if (chunk === undefined || chunk.bytes.length < minBytes) chunk = this.#newChunk(minBytes);
    this.#chunks.push(chunk);
    this.#last = chunk;
    return chunk;
  }
}
