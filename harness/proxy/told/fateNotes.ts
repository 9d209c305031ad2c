/**
 * What a fate file needs besides the schedule: sizes, which determine the flipped bit and what exceeds the MTU; queue drops
 * and places at a shared link; and media times that are known only by arrival. Stored per index, and only if an active stage needs it.
 *
 * Memory grows with the highest index noted, up to the maximum length of a fate file.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';
import type { Numbers } from '../../../src/base/growingColumn.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import { LIMIT } from '../../impairment/stages/dropAfter.ts';
import type { MediaTimes } from '../../impairment/schedule.ts';

/** Maximum number of lines of a fate file. The schedule of a longer stream can be computed again at any time. */
export const MAX_FATES = 1 << 24;
/** Maximum number of repeats in a fate file. */
const MAX_NOTED_REPEATS = 1 << 20;
/** Room at first: most flows of a busy proxy are short. */
const FIRST_INDICES = 16;

/** Stores a number for an index, up to the last index of a fate file. */
function put(column: GrowingColumn<Numbers> | null, index: number, value: number): void {
  if (column === null || index > MAX_FATES) return;
  column.fit(index + 1);
  column.values[index] = value;
}

/** The notes on a repeat. */
interface RepeatNote {
  sizeBytes: number;
  queueDrops: number;
  linkIndex: number;
  mediaTimeNs: number;
  isOverLimit: boolean;
}

export class FateNotes {
  /** Number of repeats that were not noted, for lack of room. */
  repeatsLeftOut = 0;
  // What no settings have needed yet has no column.
  #sizes: GrowingColumn<Uint16Array> | null = null;
  #queueDrops: GrowingColumn<Uint8Array> | null = null;
  #linkIndices: GrowingColumn<Float64Array> | null = null;
  #mediaTimesNs: GrowingColumn<Float64Array> | null = null;
  /** Made when the first one is lost for it. */
  #overLimit: GrowingColumn<Uint8Array> | null = null;
  /** Index → its repeats, the second datagram with it first. */
  readonly #repeats = new Map<number, RepeatNote[]>();
  #repeatCount = 0;

  constructor(config: ImpairmentConfig) {
    this.follow(config);
  }

  /** Notes what fates with these settings need, from now on. */
  follow({ corruptRatio, mtuBytes, rate, shared, outages }: ImpairmentConfig): void {
    if (corruptRatio > 0 || mtuBytes !== null)
      this.#sizes ??= new GrowingColumn(new Uint16Array(FIRST_INDICES));
    if (rate !== null) this.#queueDrops ??= new GrowingColumn(new Uint8Array(FIRST_INDICES));
    if (rate !== null && shared) this.#linkIndices ??= new GrowingColumn(new Float64Array(FIRST_INDICES));
    if (outages.length > 0)
      this.#mediaTimesNs ??= new GrowingColumn(new Float64Array(FIRST_INDICES), Number.NaN);
  }

  /**
   * @param repeat 1 for the first datagram with that index; repeats are noted in order
   * @param cause why it is dropped; 0 if it is not
   */
  noteArrival(index: number, sizeBytes: number, repeat = 1, cause = 0): void {
    if (repeat === 1) {
      put(this.#sizes, index, sizeBytes);
      if (cause === LIMIT)
        put((this.#overLimit ??= new GrowingColumn(new Uint8Array(FIRST_INDICES))), index, 1);
    } else {
      const note = this.#repeatNote(index, repeat);
      if (note === null) this.repeatsLeftOut += 1;
      else {
        note.sizeBytes = sizeBytes;
        note.isOverLimit = cause === LIMIT;
      }
    }
  }

  noteQueueDrop(index: number, repeat = 1): void {
    if (repeat === 1) put(this.#queueDrops, index, this.queueDrops(index) + 1);
    else {
      const note = this.#repeatNote(index, repeat);
      if (note !== null) note.queueDrops += 1;
    }
  }

  /** @param linkIndex its place at the shared link, from 1; only that of the original counts, not its copy's */
  noteLinkIndex(index: number, linkIndex: number, repeat = 1): void {
    if (repeat === 1) put(this.#linkIndices, index, linkIndex);
    else {
      const note = this.#repeatNote(index, repeat);
      if (note !== null) note.linkIndex = linkIndex;
    }
  }

  /** Only the first time noted for a datagram counts. */
  noteMediaTime(index: number, timeNs: number, repeat = 1): void {
    if (repeat > 1) {
      const note = this.#repeatNote(index, repeat);
      if (note !== null) note.mediaTimeNs = timeNs;
    } else if (Number.isNaN(this.mediaTimeNs(index))) {
      put(this.#mediaTimesNs, index, timeNs);
    }
  }

  /** Number of datagrams with this index, from 1. */
  lastRepeat(index: number): number {
    return 1 + (this.#repeats.get(index)?.length ?? 0);
  }

  /** Payload of the datagram, bytes; 0 if it never arrived. */
  sizeBytes(index: number, repeat = 1): number {
    return (
      (repeat === 1 ? this.#sizes?.values[index] : this.#repeats.get(index)?.[repeat - 2]?.sizeBytes) ?? 0
    );
  }

  /** How many of the datagram and its copies the full link queue dropped. */
  queueDrops(index: number, repeat = 1): number {
    return (
      (repeat === 1 ? this.#queueDrops?.values[index] : this.#repeats.get(index)?.[repeat - 2]?.queueDrops) ??
      0
    );
  }

  /** Whether it came when the limit of bytes was reached. */
  isOverLimit(index: number, repeat = 1): boolean {
    return repeat === 1
      ? this.#overLimit?.values[index] === 1
      : this.#repeats.get(index)?.[repeat - 2]?.isOverLimit === true;
  }

  /** Its place at the shared link; 0 if it did not reach it. */
  linkIndex(index: number, repeat = 1): number {
    return (
      (repeat === 1 ? this.#linkIndices?.values[index] : this.#repeats.get(index)?.[repeat - 2]?.linkIndex) ??
      0
    );
  }

  /** Media time that the schedule used, nanoseconds; NaN, which no outage contains, if it used none. */
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
    // A gap among an index's repeats would shift the numbers of the later ones.
    if (this.#repeatCount >= MAX_NOTED_REPEATS || notes.length !== repeat - 2) return null;
    this.#repeatCount += 1;
    const note = { sizeBytes: 0, queueDrops: 0, linkIndex: 0, mediaTimeNs: Number.NaN, isOverLimit: false };
    notes.push(note);
    this.#repeats.set(index, notes);
    return note;
  }
}

/** A separate function: a closure made in the flow would keep the whole flow in memory as long as its fates. */
export const asNoted =
  (notes: FateNotes): MediaTimes =>
  (index, repeat) =>
    notes.mediaTimeNs(index, repeat);
