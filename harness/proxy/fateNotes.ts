/**
 * What a fate file says beyond the schedule: sizes, which decide the bit that is flipped; queue drops; and media
 * times, where these are known by arrival only. Kept per index, and only where a stage that is on needs it.
 *
 * Pure. Memory grows with the highest index noted, up to a bound: a fate file is no longer than that.
 */
import type { ImpairmentConfig } from '../impairment/config.ts';

/** Most lines of a fate file. The schedule of a longer stream can be asked again at any time. */
export const MOST_FATES = 1 << 24;

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
    if (index > MOST_FATES) return;
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

export class FateNotes {
  readonly #sizes: Column<Uint16Array> | null;
  readonly #queueDrops: Column<Uint8Array> | null;
  readonly #mediaTimesNs: Column<Float64Array> | null;

  constructor({ corruptRatio, rate, outages }: ImpairmentConfig) {
    this.#sizes = corruptRatio > 0 ? new Column((length) => new Uint16Array(length), 0) : null;
    this.#queueDrops = rate === null ? null : new Column((length) => new Uint8Array(length), 0);
    this.#mediaTimesNs =
      outages.length > 0 ? new Column((length) => new Float64Array(length), Number.NaN) : null;
  }

  noteArrival(index: number, sizeBytes: number): void {
    this.#sizes?.put(index, sizeBytes);
  }

  noteQueueDrop(index: number): void {
    this.#queueDrops?.put(index, this.#queueDrops.get(index) + 1);
  }

  /** The first time noted for an index is the one that counts. */
  noteMediaTime(index: number, timeNs: number): void {
    if (this.#mediaTimesNs !== null && Number.isNaN(this.#mediaTimesNs.get(index))) {
      this.#mediaTimesNs.put(index, timeNs);
    }
  }

  /** Payload of the datagram, bytes; 0 when it never arrived. */
  sizeBytes(index: number): number {
    return this.#sizes?.get(index) ?? 0;
  }

  /** How many of the datagram and its copies found the link's queue full. */
  queueDrops(index: number): number {
    return this.#queueDrops?.get(index) ?? 0;
  }

  /** Media time as the schedule was told it, nanoseconds; NaN, which no outage covers, when it never was. */
  mediaTimeNs(index: number): number {
    return this.#mediaTimesNs?.get(index) ?? Number.NaN;
  }
}
