/**
 * A batch of datagrams: the unit of work of every hot path, from the socket to the metrics.
 *
 * One byte arena and one column per property, both reused: appending a datagram allocates nothing.
 */

import { whole } from '../base/arguments.ts';

/** The far end of a datagram. A transport interns peers: the same address and port give the same object. */
export interface Peer {
  /** Numeric address, IPv4 or IPv6, without brackets. */
  readonly address: string;
  readonly port: number;
  /**
   * The address of this machine that the peer sent to, which is also the source address of datagrams to it. Only for
   * peers at a port that listens on all addresses, where the system provides it. A peer that sends to two addresses is
   * two Peers.
   */
  readonly local?: string;
}

/** A key that is equal for equal peers only. */
export const peerKey = ({ address, port, local }: Peer): string =>
  local === undefined ? `${address}|${port}` : `${address}|${port}|${local}`;

/** Largest payload UDP over IPv4 can carry, in bytes. */
export const MAX_DATAGRAM_BYTES = 65_507;

/** Far more than memory can hold, so a larger capacity is a mistake. */
const MAX_ROWS = 2 ** 31 - 1;
const MAX_ARENA_BYTES = 2 ** 32;

export class DatagramBatch {
  /** Number of datagrams; rows 0 .. count - 1 are valid. */
  count = 0;
  /** Arena bytes in use; the next datagram is written here. */
  usedBytes = 0;
  /** The arena that the rows point into. */
  bytes: Uint8Array;
  /** Row → start in the arena, bytes. */
  offsets: Uint32Array;
  /** Row → datagram length, bytes. */
  lengths: Uint32Array;
  /** Row → arrival time (a received batch) or due time (a batch to send), nanoseconds since the run's epoch. */
  timesNs: Float64Array;
  /** Row → where it came from; undefined in a batch that is to be sent. */
  sources: (Peer | undefined)[];
  /** Row → type of service, the byte of DSCP and ECN, 0 to 255; 0 where unknown. Write it with `setTos`. */
  tos: Uint8Array;
  /** Whether any row has a type of service other than 0. */
  hasTos = false;

  /**
   * @param capacity most datagrams it holds, 1 or more
   * @param arenaBytes room for their payloads, bytes
   */
  constructor(capacity: number, arenaBytes: number) {
    whole(1, MAX_ROWS)(capacity, 'DatagramBatch: capacity');
    whole(0, MAX_ARENA_BYTES)(arenaBytes, 'DatagramBatch: arenaBytes');
    this.bytes = new Uint8Array(arenaBytes);
    this.offsets = new Uint32Array(capacity);
    this.lengths = new Uint32Array(capacity);
    this.timesNs = new Float64Array(capacity);
    this.sources = Array.from<Peer | undefined>({ length: capacity });
    this.tos = new Uint8Array(capacity);
  }

  get capacity(): number {
    return this.offsets.length;
  }

  /** Whether one more datagram of `lengthBytes` fits. */
  fits(lengthBytes: number): boolean {
    return this.count < this.offsets.length && this.usedBytes + lengthBytes <= this.bytes.length;
  }

  /** Empties the batch; rows handed out before are no longer valid. */
  clear(): void {
    this.count = 0;
    this.usedBytes = 0;
    if (this.hasTos) this.setTos(0, this.tos.length, 0);
  }

  /** The type of service of rows `from` .. `to - 1`; all have 0 until it is set. */
  setTos(from: number, to: number, tos: number): void {
    this.tos.fill(tos, from, to);
    this.hasTos = tos !== 0 || (this.hasTos && to - from < this.tos.length);
  }

  /**
   * Adds a row whose `lengthBytes` bytes the caller has already written at `usedBytes`. The caller must have called
   * `fits` first.
   */
  commit(lengthBytes: number, timeNs: number, source?: Peer): void {
    const row = this.count;
    this.offsets[row] = this.usedBytes;
    this.lengths[row] = lengthBytes;
    this.timesNs[row] = timeNs;
    this.sources[row] = source;
    this.usedBytes += lengthBytes;
    this.count = row + 1;
  }

  /** Exchanges its contents with another batch, without a copy. */
  swap(other: DatagramBatch): void {
    const { count, usedBytes, bytes, offsets, lengths, timesNs, sources, tos, hasTos } = this;
    this.count = other.count;
    this.usedBytes = other.usedBytes;
    this.bytes = other.bytes;
    this.offsets = other.offsets;
    this.lengths = other.lengths;
    this.timesNs = other.timesNs;
    this.sources = other.sources;
    this.tos = other.tos;
    this.hasTos = other.hasTos;
    other.count = count;
    other.usedBytes = usedBytes;
    other.bytes = bytes;
    other.offsets = offsets;
    other.lengths = lengths;
    other.timesNs = timesNs;
    other.sources = sources;
    other.tos = tos;
    other.hasTos = hasTos;
  }

  /** Copies one datagram in. False, and nothing changed, when it does not fit. */
  append(from: Uint8Array, start: number, lengthBytes: number, timeNs: number, source?: Peer): boolean {
    if (!this.fits(lengthBytes)) return false;
    // Short payloads are copied in a loop, which is faster than a view and a call.
    if (lengthBytes < 64) {
      const { bytes, usedBytes } = this;
      for (let k = 0; k < lengthBytes; k += 1) bytes[usedBytes + k] = from[start + k] as number;
    } else {
      this.bytes.set(
        start === 0 && lengthBytes === from.length ? from : from.subarray(start, start + lengthBytes),
        this.usedBytes,
      );
    }
    this.commit(lengthBytes, timeNs, source);
    return true;
  }

  /** A view of one row's payload: valid until the batch is cleared. Allocates; not for hot paths. */
  payload(row: number): Uint8Array {
    const start = this.offsets[row] as number;
    return this.bytes.subarray(start, start + (this.lengths[row] as number));
  }
}
