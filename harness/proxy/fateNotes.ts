/**
 * What a fate file says beyond the schedule: sizes, which decide the bit that is flipped and what is too large; queue drops; and media
 * times, where these are known by arrival only. Kept per index, and only where a stage that is on needs it.
 *
 * Pure. Memory grows with the highest index noted, up to a bound: a fate file is no longer than that.
 */
import { GrowingColumn } from '../../src/base/growingColumn.ts';
import type { Numbers } from '../../src/base/growingColumn.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';

/** Most lines of a fate file. The schedule of a longer stream can be asked again at any time. */
export const MAX_FATES = 1 << 24;
/** Most repeats that a fate file has lines for. */
const MAX_NOTED_REPEATS = 1 << 20;
const FIRST_INDICES = 1024;

/** A number an index, up to the last that a fate file has a line for. */
function put(column: GrowingColumn<Numbers> | null, index: number, value: number): void {
  if (column === null || index > MAX_FATES) return;
  column.fit(index + 1);
  column.values[index] = value;
}

/** What was noted of a repeat. */
interface RepeatNote {
  sizeBytes: number;
  queueDrops: number;
  mediaTimeNs: number;
}

export class FateNotes {
  /** Repeats that there was no room to note. */
  repeatsLeftOut = 0;
  readonly #sizes: GrowingColumn<Uint16Array> | null;
  readonly #queueDrops: GrowingColumn<Uint8Array> | null;
  readonly #mediaTimesNs: GrowingColumn<Float64Array> | null;
  /** Index → its repeats, the second datagram with it first. */
  readonly #repeats = new Map<number, RepeatNote[]>();
  #repeatCount = 0;

  constructor({ corruptRatio, mtuBytes, rate, outages }: ImpairmentConfig) {
    this.#sizes =
      corruptRatio > 0 || mtuBytes !== null ? new GrowingColumn(new Uint16Array(FIRST_INDICES)) : null;
    this.#queueDrops = rate === null ? null : new GrowingColumn(new Uint8Array(FIRST_INDICES));
    this.#mediaTimesNs =
      outages.length > 0 ? new GrowingColumn(new Float64Array(FIRST_INDICES), Number.NaN) : null;
  }

  /** @param repeat which datagram with that index it is, from 1; repeats are noted in their order */
  noteArrival(index: number, sizeBytes: number, repeat = 1): void {
    if (repeat === 1) put(this.#sizes, index, sizeBytes);
    else {
      const note = this.#repeatNote(index, repeat);
      if (note === null) this.repeatsLeftOut += 1;
      else note.sizeBytes = sizeBytes;
    }
  }

  noteQueueDrop(index: number, repeat = 1): void {
    if (repeat === 1) put(this.#queueDrops, index, this.queueDrops(index) + 1);
    else {
      const note = this.#repeatNote(index, repeat);
      if (note !== null) note.queueDrops += 1;
    }
  }

  /** The first time noted for a datagram is the one that counts. */
  noteMediaTime(index: number, timeNs: number, repeat = 1): void {
    if (repeat > 1) {
      const note = this.#repeatNote(index, repeat);
      if (note !== null) note.mediaTimeNs = timeNs;
    } else if (Number.isNaN(this.mediaTimeNs(index))) {
      put(this.#mediaTimesNs, index, timeNs);
    }
  }

  /** How many datagrams with this index there were, from 1. */
  lastRepeat(index: number): number {
    return 1 + (this.#repeats.get(index)?.length ?? 0);
  }

  /** Payload of the datagram, bytes; 0 when it never arrived. */
  sizeBytes(index: number, repeat = 1): number {
    return (
      (repeat === 1 ? this.#sizes?.values[index] : this.#repeats.get(index)?.[repeat - 2]?.sizeBytes) ?? 0
    );
  }

  /** How many of the datagram and its copies found the link's queue full. */
  queueDrops(index: number, repeat = 1): number {
    return (
      (repeat === 1 ? this.#queueDrops?.values[index] : this.#repeats.get(index)?.[repeat - 2]?.queueDrops) ??
      0
    );
  }

  /** Media time as the schedule was told it, nanoseconds; NaN, which no outage covers, when it never was. */
  mediaTimeNs(index: number, repeat = 1): number {
    return (
      (repeat === 1
        ? this.#mediaTimesNs?.values[index]
        : this.#repeats.get(index)?.[repeat - 2]?.mediaTimeNs) ?? Number.NaN
    );
  }

  #repeatNote(index: number, repeat: number): RepeatNote | null {
    const notes = this.#repeats.get(index) ?? [];
    const known = notes[repeat - 2];
    if (known !== undefined) return known;
    // A hole among an index's repeats would give the ones behind it other numbers.
    if (this.#repeatCount >= MAX_NOTED_REPEATS || notes.length !== repeat - 2) return null;
    this.#repeatCount += 1;
    const note = { sizeBytes: 0, queueDrops: 0, mediaTimeNs: Number.NaN };
    notes.push(note);
    this.#repeats.set(index, notes);
    return note;
  }
}
