/**
 * Datagrams in order of their arrival: they come in chunks as they were read from several sockets, and go out by time.
 */
import { CHUNK_ROWS } from './tapChunk.ts';
import type { TapChunk } from './tapChunk.ts';

/** A chunk of which rows are waiting. */
interface Waiting {
  readonly chunk: TapChunk;
  left: number;
}

export class ArrivalOrder {
  readonly #chunks = new Map<number, Waiting>();
  #nextChunk = 0;
  /** Rows that wait, in the order in which they came: number of the chunk · CHUNK_ROWS + row. */
  #waiting: number[] = [];

  /** Rows that wait. */
  get count(): number {
    return this.#waiting.length;
  }

  add(chunk: TapChunk): void {
    const number = this.#nextChunk;
    this.#nextChunk += 1;
    this.#chunks.set(number, { chunk, left: chunk.count });
    for (let row = 0; row < chunk.count; row += 1) this.#waiting.push(number * CHUNK_ROWS + row);
  }

  /** Takes out what arrived at or before a time, the earliest first; of one time, what came first. Look it up by `find`. */
  take(untilNs: number): readonly number[] {
    const taken: number[] = [];
    const later: number[] = [];
    let isSorted = true;
    let lastNs = Number.NEGATIVE_INFINITY;
    for (const place of this.#waiting) {
      const timeNs = this.#timeNs(place);
      if (timeNs > untilNs) {
        later.push(place);
        continue;
      }
      isSorted &&= timeNs >= lastNs;
      lastNs = timeNs;
      taken.push(place);
    }
    this.#waiting = later;
    if (!isSorted) taken.sort((a, b) => this.#timeNs(a) - this.#timeNs(b) || a - b);
    return taken;
  }

  /** Where a place stands. Its row is `rowOf(place)`. */
  find(place: number): TapChunk {
    return this.#waitingIn(place).chunk;
  }

  /** A row that was taken out is no longer needed. Returns its chunk if it was the last one of it. */
  release(place: number): TapChunk | null {
    const waiting = this.#waitingIn(place);
    waiting.left -= 1;
    if (waiting.left > 0) return null;
    this.#chunks.delete(Math.floor(place / CHUNK_ROWS));
    return waiting.chunk;
  }

  #timeNs(place: number): number {
    return this.find(place).timesNs[rowOf(place)] as number;
  }

  #waitingIn(place: number): Waiting {
    return this.#chunks.get(Math.floor(place / CHUNK_ROWS)) as Waiting;
  }
}

export const rowOf = (place: number): number => place % CHUNK_ROWS;
