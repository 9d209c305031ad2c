/**
 * What a fate file says beyond the schedule: sizes, which decide the bit that is flipped and what is too large; queue drops; and media
 * times, where these are known by arrival only. Kept per index, and only where a stage that is on needs it.
 *
 * Pure. Memory grows with the highest index noted, up to a bound: a fate file is no longer than that.
 */
import type { ImpairmentConfig } from '../impairment/config.ts';

/** Most lines of a fate file. The schedule of a longer stream can be asked again at any time. */
export const MAX_FATES = 1 << 24;
/** Most repeats that a fate file has lines for. */
const MAX_NOTED_REPEATS = 1 << 20;

type Numbers = Uint8Array | Uint16Array | Float64Array;

/** A number an index, growing as needed; `absent` where none was put. */
class Column<T extends Numbers> {
  readonly #make: (length: number) => T;
  readonly #absent: number;
  #values: T;

  constructor(make: (length: number) => T, absent: number) {
    this.#make = make;
    this.#absent = absent;
    this.#values = make(1024).fill(absent) as T;
  }

  get(index: number): number {
    return this.#values[index] ?? this.#absent;
  }

  put(index: number, value: number): void {
    if (index > MAX_FATES) return;
    if (index >= this.#values.length) this.#grow(index);
    this.#values[index] = value;
  }

  #grow(index: number): void {
    let { length } = this.#values;
    while (length <= index) length *= 2;
    const larger = this.#make(length).fill(this.#absent) as T;
    larger.set(this.#values);
    this.#values = larger;
  }
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
  readonly #sizes: Column<Uint16Array> | null;
  readonly #queueDrops: Column<Uint8Array> | null;
  readonly #mediaTimesNs: Column<Float64Array> | null;
  /** Index → its repeats, the second datagram with it first. */
  readonly #repeats = new Map<number, RepeatNote[]>();
  #repeatCount = 0;

  constructor({ corruptRatio, mtuBytes, rate, outages }: ImpairmentConfig) {
    this.#sizes =
      corruptRatio > 0 || mtuBytes !== null ? new Column((length) => new Uint16Array(length), 0) : null;
    this.#queueDrops = rate === null ? null : new Column((length) => new Uint8Array(length), 0);
    this.#mediaTimesNs =
      outages.length > 0 ? new Column((length) => new Float64Array(length), Number.NaN) : null;
  }

  /** @param repeat which datagram with that index it is, from 1; repeats are noted in their order */
  noteArrival(index: number, sizeBytes: number, repeat = 1): void {
    if (repeat === 1) this.#sizes?.put(index, sizeBytes);
    else {
      const note = this.#repeatNote(index, repeat);
      if (note === null) this.repeatsLeftOut += 1;
      else note.sizeBytes = sizeBytes;
    }
  }

  noteQueueDrop(index: number, repeat = 1): void {
    if (repeat === 1) this.#queueDrops?.put(index, this.#queueDrops.get(index) + 1);
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
    } else if (this.#mediaTimesNs !== null && Number.isNaN(this.#mediaTimesNs.get(index))) {
      this.#mediaTimesNs.put(index, timeNs);
    }
  }

  /** How many datagrams with this index there were, from 1. */
  lastRepeat(index: number): number {
    return 1 + (this.#repeats.get(index)?.length ?? 0);
  }

  /** Payload of the datagram, bytes; 0 when it never arrived. */
  sizeBytes(index: number, repeat = 1): number {
    return (repeat === 1 ? this.#sizes?.get(index) : this.#repeats.get(index)?.[repeat - 2]?.sizeBytes) ?? 0;
  }

  /** How many of the datagram and its copies found the link's queue full. */
  queueDrops(index: number, repeat = 1): number {
    return (
      (repeat === 1 ? this.#queueDrops?.get(index) : this.#repeats.get(index)?.[repeat - 2]?.queueDrops) ?? 0
    );
  }

  /** Media time as the schedule was told it, nanoseconds; NaN, which no outage covers, when it never was. */
  mediaTimeNs(index: number, repeat = 1): number {
    return (
      (repeat === 1 ? this.#mediaTimesNs?.get(index) : this.#repeats.get(index)?.[repeat - 2]?.mediaTimeNs) ??
      Number.NaN
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
