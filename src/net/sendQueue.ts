/**
 * A queue of datagrams to send, in order: a list of batches that grows on demand.
 *
 * It holds the output of one step of an endpoint; `drain` empties it. The endpoint bounds it: by the input of a step
 * and the datagrams held back. Consecutive rows of one batch are copied together. An empty queue has no batches: all
 * queues share the spare ones, so a thousand queues need no more memory than those that are used in one step.
 */
import { DatagramBatch, MAX_DATAGRAM_BYTES } from './batch.ts';
import type { Peer } from './batch.ts';
import { sendControl } from './endpoint.ts';
import type { DatagramSink } from './endpoint.ts';

/** Datagrams that a chunk holds. */
export const CHUNK_DATAGRAMS = 256;
const CHUNK_BYTES = 256 * 1024;
/** Size of the small chunk that a queue begins with. */
const SMALL_DATAGRAMS = 16;
const SMALL_BYTES = 4096;
/** Spare chunks kept for the next step; the memory of a rare large step is released. */
const MAX_SPARE = 16;
const MAX_SMALL_SPARE = 1024;
/** Steps for which a queue begins with a full chunk after it needed one. */
const EAGER_STEPS = 64;

/** A batch of the usual size of a chunk: any datagram fits into an empty one. */
export const newChunk = (): DatagramBatch =>
  new DatagramBatch(CHUNK_DATAGRAMS, CHUNK_BYTES + MAX_DATAGRAM_BYTES);

const spare: DatagramBatch[] = [];
const smallSpare: DatagramBatch[] = [];

const takeChunk = (): DatagramBatch => spare.pop() ?? newChunk();
const takeSmall = (): DatagramBatch => smallSpare.pop() ?? new DatagramBatch(SMALL_DATAGRAMS, SMALL_BYTES);

function giveBack(chunk: DatagramBatch): void {
  chunk.clear();
  const isSmall = chunk.capacity === SMALL_DATAGRAMS;
  if (isSmall && smallSpare.length < MAX_SMALL_SPARE) smallSpare.push(chunk);
  if (!isSmall && spare.length < MAX_SPARE) spare.push(chunk);
}

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

/** Sees a datagram that was handed to a sink, a row of a batch that is valid during the call. */
export type Sent = (batch: DatagramBatch, row: number, isAccepted: boolean) => void;

export class SendQueue {
  /** Datagrams in it. */
  count = 0;
  /** Only the first can be a small one, and only while it is the only one. */
  readonly #chunks: DatagramBatch[] = [];
  #last: DatagramBatch | undefined;
  /** Rows that are in the queue but not copied yet. */
  #run: DatagramBatch | undefined;
  #runFrom = 0;
  #runEnd = 0;
  /** Number of further steps that begin with a full chunk. */
  #eagerSteps = 0;

  get empty(): boolean {
    return this.count === 0;
  }

  /** Adds a copy of a datagram. Returns the batch whose last row it is until the next call. */
  put(from: Uint8Array, start: number, lengthBytes: number, timeNs: number, tos = 0): DatagramBatch {
    if (this.#run !== undefined) this.settle();
    this.count += 1;
    let chunk = this.#last;
    if (chunk?.append(from, start, lengthBytes, timeNs) !== true) {
      chunk = this.#makeRoom(1, lengthBytes);
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
    const end = this.#runEnd;
    let chunk = this.#last ?? this.#makeRoom(end - this.#runFrom, run.lengths[this.#runFrom] as number);
    for (let row = this.#runFrom; row < end;) {
      const next = copyRows(chunk, run, row, end);
      if (next === row) chunk = this.#makeRoom(end - row, run.lengths[row] as number);
      row = next;
    }
    this.#run = undefined;
  }

  /** Calls back with the time of each datagram in it, in order. */
  eachTime(take: (timeNs: number) => void): void {
    this.settle();
    for (const { count, timesNs } of this.#chunks)
      for (let row = 0; row < count; row += 1) take(timesNs[row] as number);
  }

  /**
   * Sends everything to one peer and empties the queue. Returns how many were refused.
   * @param isControl whether the datagrams are not accounted for: later failures are then not reported
   * @param sent called with each, and whether it was accepted; null for nobody
   */
  drain(sink: DatagramSink, port: number, peer: Peer, isControl = false, sent: Sent | null = null): number {
    this.settle();
    this.#learn();
    let refused = 0;
    for (const chunk of this.#chunks) {
      const { count } = chunk;
      let taken: number;
      if (isControl) taken = sendControl(sink, port, peer, chunk, 0, count);
      // Whoever looks at what was sent needs the bytes afterwards.
      else if (sent !== null) taken = sink.send(port, peer, chunk, 0, count);
      else taken = sendAway(sink, port, peer, chunk);
      if (sent !== null) for (let row = 0; row < count; row += 1) sent(chunk, row, row < taken);
      refused += count - taken;
    }
    this.clear();
    return refused;
  }

  /** Empties the queue. */
  clear(): void {
    for (const chunk of this.#chunks) giveBack(chunk);
    this.#chunks.length = 0;
    this.#last = undefined;
    this.#run = undefined;
    this.count = 0;
  }

  /** Looks at what this step needed, before a sink may take the memory. */
  #learn(): void {
    const last = this.#last;
    if (last === undefined) return;
    const isLarge = this.count > SMALL_DATAGRAMS || this.#chunks.length > 1 || last.usedBytes > SMALL_BYTES;
    if (isLarge) this.#eagerSteps = EAGER_STEPS;
    else if (this.#eagerSteps > 0) this.#eagerSteps -= 1;
  }

  /**
   * A chunk with room for a datagram of this size, where the last one has none.
   * @param datagrams number that are known to come
   */
  #makeRoom(datagrams: number, lengthBytes: number): DatagramBatch {
    const last = this.#last;
    const isFew = datagrams <= SMALL_DATAGRAMS && lengthBytes <= SMALL_BYTES && this.#eagerSteps === 0;
    const chunk = last === undefined && isFew ? takeSmall() : takeChunk();
    if (last?.capacity === SMALL_DATAGRAMS) {
      // One chunk is sent by fewer calls than two.
      for (let row = 0; row < last.count;) row = copyRows(chunk, last, row, last.count);
      giveBack(last);
      this.#chunks.length = 0;
    }
    this.#chunks.push(chunk);
    this.#last = chunk;
    return chunk;
  }
}
