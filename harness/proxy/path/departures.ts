/**
 * What is about to leave a pipeline, in order: the scheduled bits are flipped on the way in, and `drain` sends it.
 */
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import type { DatagramSink } from '../../../src/net/endpoint.ts';
import { SendQueue } from '../../../src/net/sendQueue.ts';
import type { StreamTap } from '../../recording/tap/wayTap.ts';
import type { StreamTraffic } from '../told/traffic.ts';
import { flipBit } from './flipBit.ts';
import type { HeldDatagrams } from './heldDatagrams.ts';
import { noteLate } from './lateness.ts';
import type { LateCounts } from './lateness.ts';

export class Departures {
  readonly #queue = new SendQueue();
  readonly #held: HeldDatagrams;
  readonly #tap: StreamTap | null;
  readonly #traffic: StreamTraffic | null;
  readonly #waits: LateCounts | null;

  /**
   * @param tap sees what leaves
   * @param traffic lists it for a report
   * @param waits counts how long what was held or delayed was to wait; null for nobody, as with the others
   */
  constructor(
    held: HeldDatagrams,
    tap: StreamTap | null,
    traffic: StreamTraffic | null,
    waits: LateCounts | null,
  ) {
    this.#held = held;
    this.#tap = tap;
    this.#traffic = traffic;
    this.#waits = waits;
  }

  get count(): number {
    return this.#queue.count;
  }

  /**
   * Adds a datagram that was neither held nor delayed, a row of a batch that stays unchanged until `settle`, and its copies.
   * @param entry its number in a report's lists
   */
  putRows(
    index: number,
    repeat: number,
    batch: DatagramBatch,
    row: number,
    copies: number,
    corrupt: number,
    entry: number,
  ): void {
    for (let copy = 0; copy <= copies; copy += 1) {
      this.#tap?.queued(index, repeat, copy > 0, 0, corrupt, 0);
      const isAltered = this.#putRow(batch, row, corrupt);
      this.#traffic?.queue(entry, isAltered);
    }
  }

  /** Adds a slot's datagram, or a copy of it, without giving the slot back. */
  putHeld(slot: number, timeNs: number): void {
    const held = this.#held;
    if (this.#waits !== null) noteLate(this.#waits, timeNs - held.arrivalNs(slot));
    const lengthBytes = held.lengthBytes(slot);
    const corrupt = held.corrupt(slot);
    if (this.#tap !== null) {
      const isCopy = held.noteGone(slot) > 0;
      const index = held.index(slot);
      this.#tap.queued(index, held.repeat(slot), isCopy, held.hold(slot), corrupt, held.delayNs(slot));
    }
    const queued = this.#queue.put(held.bytes(slot), held.start(slot), lengthBytes, timeNs, held.tos(slot));
    const isAltered = flipBit(queued, corrupt);
    this.#traffic?.queue(held.passage(slot), isAltered);
  }

  /** Copies the rows added; their batch may change afterwards. */
  settle(): void {
    this.#queue.settle();
  }

  /** Calls back with the time of each datagram in it, in order. */
  eachTime(take: (timeNs: number) => void): void {
    this.#queue.eachTime(take);
  }

  /** Sends everything to one peer. Returns how many were refused. @param isControl as in SendQueue */
  drain(sink: DatagramSink, port: number, peer: Peer, isControl: boolean): number {
    return this.#queue.drain(sink, port, peer, isControl, this.#tap?.left ?? null);
  }

  /** Throws away what is in it. */
  clear(): void {
    this.#queue.clear();
    this.#tap?.forget();
    this.#traffic?.clear();
  }

  /** Returns whether a bit was flipped. */
  #putRow(batch: DatagramBatch, row: number, corrupt: number): boolean {
    if (corrupt < 0) {
      this.#queue.putRow(batch, row);
      return false;
    }
    const { bytes, offsets, lengths, timesNs, tos } = batch;
    const start = offsets[row] as number;
    const lengthBytes = lengths[row] as number;
    return flipBit(this.#queue.put(bytes, start, lengthBytes, timesNs[row] as number, tos[row]), corrupt);
  }
}
