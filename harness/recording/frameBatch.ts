/**
 * A batch of recorded frames: one byte arena, one column per property, reused from batch to batch.
 *
 * A reader hands it out when it is full and clears it afterwards; it never grows by itself.
 */

/** Which way a datagram went: `down` from the server to a client, `up` from a client to the server. */
export type Direction = 'down' | 'up';

/** One recorded datagram. */
export interface Frame {
  /** Its number in the recording, from 1. */
  readonly n: number;
  /** Offset from the recording's start, whole nanoseconds, 0 or more, not below that of the frame before. */
  readonly timeNs: number;
  readonly payload: Uint8Array;
  /** 1 to 65,535. */
  readonly flow: number;
  readonly direction: Direction;
  /** Members that this version does not know, as JSON text without braces (`"note":"x","y":1`); absent if there are none. */
  readonly extra?: string;
}

export class FrameBatch {
  /** Frames held now; rows 0 .. count - 1 are valid. */
  count = 0;
  /** Arena bytes in use. */
  usedBytes = 0;
  /** Bytes at the start of the arena that `clear` keeps: payloads that the owner still needs. */
  keptBytes = 0;
  /** Payloads, one after the other. */
  bytes: Buffer;
  /** Row → start in the arena, bytes. */
  readonly offsets: Uint32Array;
  /** Row → payload length, bytes. */
  readonly lengths: Uint32Array;
  /** Row → frame number, from 1. */
  readonly numbers: Float64Array;
  /** Row → offset from the recording's start, whole nanoseconds. */
  readonly timesNs: Float64Array;
  /** Row → flow, 1 to 65,535. */
  readonly flows: Uint16Array;
  /** Row → 1 for a datagram that went up, 0 for down. */
  readonly upward: Uint8Array;
  /** Row → members that this version does not know, as JSON text without braces; empty if there are none. */
  readonly extras: string[];

  /**
   * @param capacity maximum number of frames, 1 or more
   * @param arenaBytes room for their payloads, bytes
   */
  constructor(capacity: number, arenaBytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(arenaBytes);
    this.offsets = new Uint32Array(capacity);
    this.lengths = new Uint32Array(capacity);
    this.numbers = new Float64Array(capacity);
    this.timesNs = new Float64Array(capacity);
    this.flows = new Uint16Array(capacity);
    this.upward = new Uint8Array(capacity);
    this.extras = Array.from({ length: capacity }, () => '');
  }

  /** Whether one more frame of `lengthBytes` fits. */
  fits(lengthBytes: number): boolean {
    return this.count < this.offsets.length && this.usedBytes + lengthBytes <= this.bytes.length;
  }

  /** Empties the batch; rows handed out before become invalid. */
  clear(): void {
    this.count = 0;
    this.usedBytes = this.keptBytes;
  }

  /** Adds a row whose payload has been written at `usedBytes`. The caller has called `fits` before. */
  commit(
    n: number,
    timeNs: number,
    lengthBytes: number,
    flow: number,
    direction: Direction,
    extra: string,
  ): void {
    const row = this.count;
    this.offsets[row] = this.usedBytes;
    this.lengths[row] = lengthBytes;
    this.numbers[row] = n;
    this.timesNs[row] = timeNs;
    this.flows[row] = flow;
    this.upward[row] = direction === 'up' ? 1 : 0;
    this.extras[row] = extra;
    this.usedBytes += lengthBytes;
    this.count = row + 1;
  }

  /** A copy of one row, payload included, which stays valid. Allocates; not for hot paths. */
  frame(row: number): Frame {
    const start = this.offsets[row] as number;
    const extra = this.extras[row] as string;
    return {
      n: this.numbers[row] as number,
      timeNs: this.timesNs[row] as number,
      payload: new Uint8Array(this.bytes.subarray(start, start + (this.lengths[row] as number))),
      flow: this.flows[row] as number,
      direction: this.upward[row] === 1 ? 'up' : 'down',
      ...(extra === '' ? {} : { extra }),
    };
  }
}
