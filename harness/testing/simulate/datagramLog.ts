/**
 * The log of a simulation: what was sent, the fate of each datagram, and when it and its copy arrived.
 *
 * It sees each direction of a pair of endpoints as the capture of a run sees a proxy's.
 */
import type { DatagramBatch } from '../../../src/net/batch.ts';
import { DROP_CAUSES } from '../../impairment/causes.ts';
import { corruptedBit } from '../../impairment/fates.ts';
import type { Direction } from '../../impairment/schedule.ts';
import type { StreamTap, WayTap } from '../../recording/tap/wayTap.ts';

/** A datagram of a simulation, numbered from 1 in order of sending. */
export interface SimulatedDatagram {
  readonly number: number;
  readonly from: string;
  readonly to: string;
  /** The number of the pair of endpoints, from 1 in the order in which they first sent. */
  readonly flow: number;
  /** `up` from the endpoint of the pair that sent first, `down` back to it, as with a client and a server. */
  readonly direction: Direction;
  /** What its fate belongs to, from 1; null for a datagram without an index, which passes. */
  readonly index: number | null;
  /** 1 for the first datagram with that index, 2 and up for repeats. */
  readonly repeat: number;
  readonly sentMs: number;
  readonly sizeBytes: number;
  /** Why it is lost; null where it is not. */
  readonly drop: string | null;
  /** How many times it is sent beside the original. */
  readonly copies: number;
  /** How many later ones must pass it. */
  readonly hold: number;
  /** The bit that is flipped; null for none. */
  readonly corrupt: number | null;
  /** How long the delay stage delays it. */
  readonly delayMs: number;
  /** How many of it and its copies a full queue dropped. */
  readonly queueDropped: number;
  /** When it and its copies arrived, in order; empty for a lost one. */
  readonly arrivedMs: readonly number[];
}

/** The same while the simulation runs. */
export interface LogEntry extends SimulatedDatagram {
  index: number | null;
  repeat: number;
  drop: string | null;
  copies: number;
  hold: number;
  corrupt: number | null;
  delayMs: number;
  queueDropped: number;
  readonly arrivedMs: number[];
}

/** Takes a datagram that leaves the network, a row that is valid during the call. */
export type Leave = (entry: LogEntry, batch: DatagramBatch, row: number) => void;

/** One direction of a pair of endpoints. */
export class PathLog implements WayTap {
  /** The entry of the datagram that is being sent. */
  current: LogEntry | null = null;
  readonly leave: Leave;

  constructor(leave: Leave) {
    this.leave = leave;
  }

  stream(): StreamTap {
    return new StreamLog(this);
  }
}

class StreamLog implements StreamTap {
  readonly #path: PathLog;
  /** Index → entry of the first datagram with it. */
  readonly #first: LogEntry[] = [];
  /** Index → those of its repeats, the second datagram at 0. */
  readonly #repeats = new Map<number, LogEntry[]>();
  /** What is about to leave, in order. */
  readonly #queued: LogEntry[] = [];
  /** Those of which nothing is decided, in order. */
  readonly #passing: LogEntry[] = [];

  constructor(path: PathLog) {
    this.#path = path;
  }

  passed(): void {
    this.#passing.push(this.#path.current as LogEntry);
  }

  ignored(): void {
    // Nothing comes after a direction was closed.
  }

  dropped(_batch: DatagramBatch, _row: number, index: number, repeat: number, dropCause: number): void {
    this.#enter(index, repeat).drop = DROP_CAUSES[dropCause] as string;
  }

  entered(
    _batch: DatagramBatch,
    _row: number,
    index: number,
    repeat: number,
    copies: number,
    hold: number,
    _isHeld: boolean,
    corrupt: number,
    delayNs: number,
  ): void {
    const entry = this.#enter(index, repeat);
    entry.copies = copies;
    entry.hold = hold;
    entry.delayMs = delayNs / 1e6;
    const bit = corruptedBit(corrupt, entry.sizeBytes);
    if (bit >= 0) entry.corrupt = bit;
  }

  queued(index: number, repeat: number): void {
    this.#queued.push(this.#find(index, repeat));
  }

  readonly left = (batch: DatagramBatch, row: number): void =>
    this.#path.leave(this.#queued.shift() as LogEntry, batch, row);

  readonly leftAsIs = (batch: DatagramBatch, row: number): void =>
    this.#path.leave(this.#passing.shift() as LogEntry, batch, row);

  queueDropped(
    _bytes: Uint8Array,
    _start: number,
    _lengthBytes: number,
    _timeNs: number,
    index: number,
    repeat: number,
  ): void {
    this.#find(index, repeat).queueDropped += 1;
  }

  forget(): void {
    this.#queued.length = 0;
  }

  #enter(index: number, repeat: number): LogEntry {
    const entry = this.#path.current as LogEntry;
    entry.index = index;
    entry.repeat = repeat;
    if (repeat === 1) {
      this.#first[index] = entry;
      return entry;
    }
    const repeats = this.#repeats.get(index);
    if (repeats === undefined) this.#repeats.set(index, [entry]);
    else repeats[repeat - 2] = entry;
    return entry;
  }

  #find(index: number, repeat: number): LogEntry {
    return (repeat === 1 ? this.#first[index] : this.#repeats.get(index)?.[repeat - 2]) as LogEntry;
  }
}
