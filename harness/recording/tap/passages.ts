/**
 * What was decided of the datagrams that a capture has noted and not written yet: numbered rows, reused, one column for each
 * fact; and those facts in words, as the comments of a capture have them.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';
import { DROP_CAUSES } from '../../impairment/causes.ts';
import { corruptedBit } from '../../impairment/fates.ts';
import type { CapturedStream } from './wayTap.ts';

/** What a datagram is in a capture. */
export const PASSAGE = {
  /** It came in, and nothing was to be decided. */
  passed: 0,
  /** It came in, and this is its fate. */
  entered: 1,
  /** It came in, and was not passed on. */
  ignored: 2,
  /** It left, and nothing had been decided. */
  leftAsIs: 3,
  /** It left with this fate. */
  left: 4,
  /** A full queue at the exit dropped it. */
  queueDropped: 5,
} as const;

/** Code of one of these. */
export type PassageKind = (typeof PASSAGE)[keyof typeof PASSAGE];

export class Passages {
  readonly #streams: (CapturedStream | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #kinds = new GrowingColumn(new Uint8Array(0));
  readonly #dropCauses = new GrowingColumn(new Uint8Array(0));
  /** 1 for a datagram that is copied, and for a copy. */
  readonly #copies = new GrowingColumn(new Uint8Array(0));
  readonly #holds = new GrowingColumn(new Uint16Array(0));
  /** 1 where it should have been held back, but was not. */
  readonly #passedBy = new GrowingColumn(new Uint8Array(0));
  readonly #corrupt = new GrowingColumn(new Float64Array(0));
  readonly #delaysNs = new GrowingColumn(new Float64Array(0));
  readonly #indices = new GrowingColumn(new Float64Array(0));
  readonly #repeats = new GrowingColumn(new Uint16Array(0));
  /** 1 where the system did not take it. */
  readonly #refused = new GrowingColumn(new Uint8Array(0));
  /** The new port that it is the first to leave from; 0 for none. */
  readonly #movedTo = new GrowingColumn(new Uint16Array(0));

  /** Rows in use. */
  get count(): number {
    return this.#streams.length - this.#free.length;
  }

  /** A row, which the caller gives back, for a datagram of which nothing was decided. */
  take(stream: CapturedStream, kind: PassageKind): number {
    const row = this.#free.pop() ?? this.#streams.length;
    this.#streams[row] = stream;
    if (row >= this.#kinds.length) this.#fit(row + 1);
    this.#kinds.values[row] = kind;
    this.#dropCauses.values[row] = 0;
    this.#copies.values[row] = 0;
    this.#holds.values[row] = 0;
    this.#passedBy.values[row] = 0;
    this.#corrupt.values[row] = -1;
    this.#delaysNs.values[row] = 0;
    this.#indices.values[row] = 0;
    this.#repeats.values[row] = 1;
    this.#refused.values[row] = 0;
    this.#movedTo.values[row] = 0;
    return row;
  }

  /**
   * The same for one with a fate.
   * @param copies whether it is copied, or is a copy: 1, else 0
   * @param hold the number of passes that it waits for, or has waited for
   * @param corrupt the schedule's value, −1 for none
   */
  takeFate(
    stream: CapturedStream,
    kind: PassageKind,
    index: number,
    repeat: number,
    copies: number,
    hold: number,
    corrupt: number,
    delayNs: number,
  ): number {
    const row = this.take(stream, kind);
    this.#indices.values[row] = index;
    this.#repeats.values[row] = repeat;
    this.#copies.values[row] = copies;
    this.#holds.values[row] = hold;
    this.#corrupt.values[row] = corrupt;
    this.#delaysNs.values[row] = delayNs;
    return row;
  }

  setDropCause(row: number, dropCause: number): void {
    this.#dropCauses.values[row] = dropCause;
  }

  /** It should have been held back, but was not. */
  setPassedBy(row: number): void {
    this.#passedBy.values[row] = 1;
  }

  setRefused(row: number): void {
    this.#refused.values[row] = 1;
  }

  /** It is the first that leaves from a new port. */
  setMovedTo(row: number, port: number): void {
    this.#movedTo.values[row] = port;
  }

  giveBack(row: number): void {
    this.#streams[row] = undefined;
    this.#free.push(row);
  }

  stream(row: number): CapturedStream {
    return this.#streams[row] as CapturedStream;
  }

  /** Whether it is at the exit of the proxy; else it is at its entry. */
  isExit(row: number): boolean {
    return (this.#kinds.values[row] as number) >= PASSAGE.leftAsIs;
  }

  /** Whether it was dropped here. */
  isDropped(row: number): boolean {
    return this.#dropCauses.values[row] !== 0;
  }

  /** What happened to it, a comment each; none for a datagram that passes as it came. */
  comments(row: number, lengthBytes: number): string[] {
    const kind = this.#kinds.values[row] as number;
    const told: string[] = [];
    if (kind === PASSAGE.ignored) told.push('not passed on');
    const cause = this.#dropCauses.values[row] as number;
    if (cause !== 0) told.push(`dropped: ${DROP_CAUSES[cause]}`);
    if (this.#copies.values[row] === 1) told.push(kind === PASSAGE.entered ? 'duplicated' : 'copy');
    const hold = this.#holds.values[row] as number;
    if (hold > 0) told.push(`${this.#passedBy.values[row] === 1 ? 'not held back' : 'held'} for ${hold}`);
    const bit = corruptedBit(this.#corrupt.values[row] as number, lengthBytes);
    if (bit >= 0) told.push(`corrupted bit ${bit}`);
    const delayNs = this.#delaysNs.values[row] as number;
    if (delayNs > 0) told.push(`delayed ${inMilliseconds(delayNs)} ms`);
    if (this.#refused.values[row] === 1) told.push('refused by the system');
    const movedTo = this.#movedTo.values[row] as number;
    if (movedTo > 0) told.push(`rebound: leaves from port ${movedTo}`);
    const index = this.#indices.values[row] as number;
    if (told.length > 0 && index > 0)
      told.push(this.stream(row).nameOf(index, this.#repeats.values[row] as number));
    return told;
  }

  #fit(rows: number): void {
    for (const column of [
      this.#kinds,
      this.#dropCauses,
      this.#copies,
      this.#holds,
      this.#passedBy,
      this.#corrupt,
      this.#delaysNs,
      this.#indices,
      this.#repeats,
      this.#refused,
      this.#movedTo,
    ])
      column.fit(rows);
  }
}

/** To the nanosecond, as it is shortest. */
const inMilliseconds = (timeNs: number): number => Number((timeNs / 1e6).toFixed(6));
