/**
 * What entered each stream of a proxy and what left it, datagram by datagram: for the lists and for the comparison of a report.
 *
 * All streams share two lists, in order of time, that grow by whole chunks, so nothing is ever copied. A datagram takes 20 bytes
 * as it enters (28 with outages), and each that leaves 12. The lists have a limit: what enters then passes without being noted,
 * and is counted.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import type { Epoch } from '../../impairment/epochs.ts';
import type { ScheduleKey } from '../../impairment/schedule.ts';
import type { DirectionCounters } from '../path/counters.ts';

/** Most datagrams that are noted as they enter, of all streams together. */
export const MAX_NOTED = 1 << 22;
/** Higher indices are not noted: what is worked out of a stream takes memory for each index. */
export const MAX_NOTED_INDEX = 1 << 24;
/** Most streams; datagrams of further ones are not noted. */
export const MAX_NOTED_STREAMS = 1 << 16;
/** The number of a datagram that is not noted. */
export const NOT_NOTED = -1;

const CHUNK_BITS = 10;
const CHUNK = 1 << CHUNK_BITS;
const IN_CHUNK = CHUNK - 1;

/** Why datagrams that were held for later ones left all the same. */
export interface Mark {
  /** How many of its stream's datagrams had entered. */
  readonly entered: number;
  /**
   * - `quiet`: none came for the longest wait;
   * - `end`: the stream's end was announced, or nothing more was expected;
   * - `close`: no more are expected, for good.
   */
  readonly kind: 'quiet' | 'end' | 'close';
  /** When they left, nanoseconds. */
  readonly timeNs: number;
  /** The announced last index; null for none. */
  readonly lastIndex: number | null;
}

interface EntryChunk {
  readonly streams: Uint32Array;
  readonly indices: Uint32Array;
  readonly repeats: Uint16Array;
  readonly sizesBytes: Uint16Array;
  readonly timesNs: Float64Array;
  /** Null until the first one that an outage goes by. */
  mediaTimesNs: Float64Array | null;
}

interface ExitChunk {
  /** The number of the entry, negative − 1 where bits were altered. */
  readonly entries: Int32Array;
  readonly timesNs: Float64Array;
}

/** One that entered. */
export interface Entry {
  readonly stream: StreamTraffic;
  readonly index: number;
  readonly repeat: number;
  readonly sizeBytes: number;
  readonly timeNs: number;
  /** By which its outages go, nanoseconds; NaN for none. */
  readonly mediaTimeNs: number;
}

export class Traffic {
  /** By number, from 0. */
  readonly streams: StreamTraffic[] = [];
  /** Datagrams noted as they entered, and as they left. */
  entries = 0;
  exits = 0;
  /** Streams beyond the limit. */
  leftOutStreams = 0;
  readonly maxEntries: number;
  readonly #entryChunks: EntryChunk[] = [];
  readonly #exitChunks: ExitChunk[] = [];

  constructor(maxEntries = MAX_NOTED) {
    this.maxEntries = maxEntries;
  }

  /** A stream begins. Null if there are too many. @param first its first epoch @param counters of it */
  open(key: ScheduleKey, first: Epoch, counters: DirectionCounters): StreamTraffic | null {
    if (this.streams.length >= MAX_NOTED_STREAMS) {
      this.leftOutStreams += 1;
      return null;
    }
    const stream = new StreamTraffic(this, this.streams.length, key, first, counters);
    this.streams.push(stream);
    return stream;
  }

  /** Notes one that enters. Returns its number; `NOT_NOTED` if there is no room. */
  enter(stream: number, index: number, repeat: number, sizeBytes: number, timeNs: number): number {
    const entry = this.entries;
    if (entry >= this.maxEntries || index > MAX_NOTED_INDEX) return NOT_NOTED;
    const at = entry & IN_CHUNK;
    if (at === 0) this.#entryChunks.push(newEntryChunk());
    const chunk = this.#entryChunks[entry >> CHUNK_BITS] as EntryChunk;
    chunk.streams[at] = stream;
    chunk.indices[at] = index;
    chunk.repeats[at] = repeat;
    chunk.sizesBytes[at] = sizeBytes;
    chunk.timesNs[at] = timeNs;
    this.entries = entry + 1;
    return entry;
  }

  /** The time by which outages of an entry go, which is known after it was noted. */
  setMediaTime(entry: number, timeNs: number): void {
    const chunk = this.#entryChunks[entry >> CHUNK_BITS] as EntryChunk;
    chunk.mediaTimesNs ??= new Float64Array(CHUNK).fill(Number.NaN);
    chunk.mediaTimesNs[entry & IN_CHUNK] = timeNs;
  }

  leave(entry: number, isAltered: boolean, timeNs: number): void {
    const exit = this.exits;
    const at = exit & IN_CHUNK;
    if (at === 0) this.#exitChunks.push({ entries: new Int32Array(CHUNK), timesNs: new Float64Array(CHUNK) });
    const chunk = this.#exitChunks[exit >> CHUNK_BITS] as ExitChunk;
    chunk.entries[at] = isAltered ? -1 - entry : entry;
    chunk.timesNs[at] = timeNs;
    this.exits = exit + 1;
  }

  streamOf(entry: number): number {
    return (this.#entryChunks[entry >> CHUNK_BITS] as EntryChunk).streams[entry & IN_CHUNK] as number;
  }

  entry(entry: number): Entry {
    const chunk = this.#entryChunks[entry >> CHUNK_BITS] as EntryChunk;
    const at = entry & IN_CHUNK;
    return {
      stream: this.streams[chunk.streams[at] as number] as StreamTraffic,
      index: chunk.indices[at] as number,
      repeat: chunk.repeats[at] as number,
      sizeBytes: chunk.sizesBytes[at] as number,
      timeNs: chunk.timesNs[at] as number,
      mediaTimeNs: chunk.mediaTimesNs?.[at] ?? Number.NaN,
    };
  }

  /** One that left: the number of its entry, whether bits were altered, and when. */
  exit(exit: number): { readonly entry: number; readonly isAltered: boolean; readonly timeNs: number } {
    const chunk = this.#exitChunks[exit >> CHUNK_BITS] as ExitChunk;
    const entry = chunk.entries[exit & IN_CHUNK] as number;
    const timeNs = chunk.timesNs[exit & IN_CHUNK] as number;
    return entry < 0 ? { entry: -1 - entry, isAltered: true, timeNs } : { entry, isAltered: false, timeNs };
  }
}

const newEntryChunk = (): EntryChunk => ({
  streams: new Uint32Array(CHUNK),
  indices: new Uint32Array(CHUNK),
  repeats: new Uint16Array(CHUNK),
  sizesBytes: new Uint16Array(CHUNK),
  timesNs: new Float64Array(CHUNK),
  mediaTimesNs: null,
});

/** One stream of one direction of one flow. */
export class StreamTraffic {
  readonly key: ScheduleKey;
  /** What it began with, and each change, in order; whole when nothing more comes. */
  epochs: readonly Epoch[];
  readonly counters: DirectionCounters;
  /** Datagrams that entered and were noted, and those that were not. */
  entered = 0;
  leftOut = 0;
  readonly marks: Mark[] = [];
  /** The first index: that of a promise, else 1. */
  firstIndex = 1;
  /** Planned sending times; null where times are those of arrival. */
  plannedNs: ((index: number) => number) | null = null;
  /** By which outages of any index go, where the stream's plan is known; null where they go by what enters. */
  plannedMediaNs: ((index: number) => number) | null = null;
  /** Whether a missing index has such a time, without a plan: that of the datagram that shows that it is missing. */
  missingHasTime = true;
  readonly #all: Traffic;
  readonly #number: number;
  #entry = NOT_NOTED;
  #index = 0;
  #repeat = 0;
  /** What is queued to be sent: as in an exit. */
  readonly #queued = new GrowingColumn(new Int32Array(0));
  readonly #altered = new GrowingColumn(new Uint8Array(0));
  #queuedCount = 0;

  constructor(all: Traffic, number: number, key: ScheduleKey, first: Epoch, counters: DirectionCounters) {
    this.#all = all;
    this.#number = number;
    this.key = key;
    this.epochs = [first];
    this.counters = counters;
  }

  /** What it began with. */
  get config(): ImpairmentConfig {
    return (this.epochs[0] as Epoch).config;
  }

  /** One enters. Returns its number. */
  enter(index: number, repeat: number, sizeBytes: number, timeNs: number): number {
    // The list is of the stream's beginning: after a gap nothing would be known of the rest.
    const entry =
      this.leftOut > 0 ? NOT_NOTED : this.#all.enter(this.#number, index, repeat, sizeBytes, timeNs);
    this.#entry = entry;
    this.#index = index;
    this.#repeat = repeat;
    if (entry === NOT_NOTED) this.leftOut += 1;
    else this.entered += 1;
    return entry;
  }

  /** The time by which outages of an index go. @param planned that of any index, if it is known */
  noteMediaTime(
    index: number,
    repeat: number,
    timeNs: number,
    planned: ((index: number) => number) | null,
  ): void {
    this.plannedMediaNs = planned;
    if (index === this.#index && repeat === this.#repeat) {
      if (this.#entry !== NOT_NOTED) this.#all.setMediaTime(this.#entry, timeNs);
    } else if (Number.isNaN(timeNs)) this.missingHasTime = false;
  }

  mark(kind: Mark['kind'], timeNs: number, lastIndex: number | null = null): void {
    if (this.leftOut === 0) this.marks.push({ entered: this.entered, kind, timeNs, lastIndex });
  }

  /** A datagram is queued to be sent. @param entry the number of its entry */
  queue(entry: number, isAltered: boolean): void {
    const at = this.#queuedCount;
    if (at === this.#queued.length) {
      this.#queued.fit(at + 1);
      this.#altered.fit(at + 1);
    }
    this.#queued.values[at] = entry;
    this.#altered.values[at] = isAltered ? 1 : 0;
    this.#queuedCount = at + 1;
  }

  /** What is queued was handed to the transport. */
  sent(timeNs: number): void {
    for (let at = 0; at < this.#queuedCount; at += 1) {
      const entry = this.#queued.values[at] as number;
      if (entry !== NOT_NOTED) this.#all.leave(entry, this.#altered.values[at] === 1, timeNs);
    }
    this.#queuedCount = 0;
  }

  /** What is queued was thrown away. */
  clear(): void {
    this.#queuedCount = 0;
  }
}
