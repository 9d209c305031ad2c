/**
 * What was decided of the datagrams that a capture has seen and not handed over yet: numbered rows, reused, one column for each
 * fact.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';
import type { TapChunk } from './tapChunk.ts';
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

/** What may be so besides, a bit each. */
export const MARK = {
  /** It is copied, or is a copy. */
  copy: 1,
  /** It should have been held back, but was not. */
  passedBy: 2,
  /** The system did not take it. */
  refused: 4,
} as const;

export class Passages {
  readonly #streams: (CapturedStream | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #kinds = new GrowingColumn(new Uint8Array(0));
  readonly #dropCauses = new GrowingColumn(new Uint8Array(0));
  /** Bits of `MARK`. */
  readonly #marks = new GrowingColumn(new Uint8Array(0));
  readonly #holds = new GrowingColumn(new Uint16Array(0));
  readonly #corrupt = new GrowingColumn(new Float64Array(0));
  readonly #delaysNs = new GrowingColumn(new Float64Array(0));
  readonly #indices = new GrowingColumn(new Float64Array(0));
  readonly #repeats = new GrowingColumn(new Uint16Array(0));
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
    this.#marks.values[row] = 0;
    this.#holds.values[row] = 0;
    this.#corrupt.values[row] = -1;
    this.#delaysNs.values[row] = 0;
    this.#indices.values[row] = 0;
    this.#repeats.values[row] = 1;
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
    if (copies === 1) this.#mark(row, MARK.copy);
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
    this.#mark(row, MARK.passedBy);
  }

  setRefused(row: number): void {
    this.#mark(row, MARK.refused);
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

  /** Says in a chunk's row what was decided of it. */
  copyTo(row: number, chunk: TapChunk, to: number): void {
    chunk.kinds[to] = this.#kinds.values[row] as number;
    chunk.dropCauses[to] = this.#dropCauses.values[row] as number;
    chunk.marks[to] = this.#marks.values[row] as number;
    chunk.holds[to] = this.#holds.values[row] as number;
    chunk.repeats[to] = this.#repeats.values[row] as number;
    chunk.movedTo[to] = this.#movedTo.values[row] as number;
    chunk.corrupt[to] = this.#corrupt.values[row] as number;
    chunk.delaysNs[to] = this.#delaysNs.values[row] as number;
    chunk.indices[to] = this.#indices.values[row] as number;
  }

  #mark(row: number, bit: number): void {
    this.#marks.values[row] = (this.#marks.values[row] as number) | bit;
  }

  #fit(rows: number): void {
    for (const column of [
      this.#kinds,
      this.#dropCauses,
      this.#marks,
      this.#holds,
      this.#corrupt,
      this.#delaysNs,
      this.#indices,
      this.#repeats,
      this.#movedTo,
    ])
      column.fit(rows);
  }
}
