/**
 * Writes a proxy's datagrams to a file: sorted by time within a window, time 0 the first one's.
 *
 * It waits for the disk; what comes meanwhile is held by whoever hands it the chunks.
 */
import { ArrivalOrder, rowOf } from './arrivalOrder.ts';
import type { TapChunk } from './tapChunk.ts';
import type { Met } from './tapMessages.ts';
import type { TapRows } from './tapRows.ts';

/** Sockets are read one after the other: within this time, what comes in at several of them is put in order. */
export const ARRIVALS_SORT_NS = 10e6;
/** What came in comes to be known some time after it arrived, when others have left already. */
export const PASSAGES_SORT_NS = 100e6;
const FLUSH_NS = 1e9;

/** What the file has, once it is closed. */
export interface Written {
  /** Datagrams in it, as far as the disk has taken them. */
  readonly recorded: number;
  /** Datagrams that were appended, at the entry and at the exit. */
  readonly entered: number;
  readonly left: number;
  /** Written with the time of the one before, because they came to be known too late for their place. */
  readonly stragglers: number;
}

export class TapWriter {
  readonly #rows: TapRows;
  readonly #order = new ArrivalOrder();
  readonly #sortNs: number;
  readonly #waitsForDisk: boolean;
  readonly #free: (chunk: TapChunk) => void;
  #stragglers = 0;
  #lastNs = 0;
  /** When the first datagram of the file arrived. */
  #firstNs = 0;
  #flushedNs = Number.NEGATIVE_INFINITY;

  /**
   * @param rows the file
   * @param sortNs the window within which datagrams are put in order
   * @param free receives each chunk that is no longer needed
   * @param waitsForDisk false: everything is written at once, and `add` returns nothing to wait for
   */
  constructor(rows: TapRows, sortNs: number, free: (chunk: TapChunk) => void, waitsForDisk = true) {
    this.#rows = rows;
    this.#sortNs = sortNs;
    this.#free = free;
    this.#waitsForDisk = waitsForDisk;
  }

  /** Clients, or streams, are numbered in this order. */
  meet(met: Met): void {
    this.#rows.meet(met);
  }

  /** Writes what is in order by now. @throws EnvironmentError, or rejects with it, if the disk does not take it */
  add(chunk: TapChunk, nowNs: number): Promise<void> | undefined {
    this.#order.add(chunk);
    const behind = this.#write(nowNs - this.#sortNs);
    if (!this.#waitsForDisk || nowNs - this.#flushedNs < FLUSH_NS) return behind;
    this.#flushedNs = nowNs;
    return behind === undefined ? this.#rows.writer.flush() : behind.then(() => this.#rows.writer.flush());
  }

  /** Writes all that waits: nothing has come in for a while. @throws, or rejects, as `add` does */
  async settle(): Promise<void> {
    await this.#write(Number.POSITIVE_INFINITY);
    await this.#rows.writer.flush();
  }

  /** The same at once, where it does not wait for the disk. */
  writeAll(): void {
    void this.#write(Number.POSITIVE_INFINITY);
  }

  /** Writes all that waits, and gives the file its name. @throws EnvironmentError if the disk does not take it */
  async finish(): Promise<void> {
    await this.#write(Number.POSITIVE_INFINITY);
    await this.#rows.writer.finish();
  }

  /** What is in the file. @param isWhole whether it was finished: then the disk has all of it */
  written(isWhole: boolean): Written {
    const { writer, exits } = this.#rows;
    return {
      recorded: isWhole ? writer.frames : writer.writtenFrames,
      entered: writer.frames - exits,
      left: exits,
      stragglers: this.#stragglers,
    };
  }

  /** Removes the file. */
  async discard(): Promise<void> {
    await this.#rows.writer.discard();
  }

  #write(untilNs: number): Promise<void> | undefined {
    return this.#writeFrom(this.#order.take(untilNs), 0);
  }

  #writeFrom(places: readonly number[], from: number): Promise<void> | undefined {
    for (let at = from; at < places.length; at += 1) {
      const place = places[at] as number;
      const behind = this.#append(this.#order.find(place), rowOf(place));
      const free = this.#order.release(place);
      if (free !== null) this.#free(free);
      if (behind !== undefined && this.#waitsForDisk)
        return behind.then(() => this.#writeFrom(places, at + 1));
    }
    return undefined;
  }

  #append(chunk: TapChunk, row: number): Promise<void> | undefined {
    const timeNs = Math.floor(chunk.timesNs[row] as number);
    if (this.#rows.writer.frames === 0) this.#firstNs = timeNs;
    const sinceFirstNs = timeNs - this.#firstNs;
    if (sinceFirstNs < this.#lastNs) this.#stragglers += 1;
    else this.#lastNs = sinceFirstNs;
    return this.#rows.append(chunk, row, this.#lastNs);
  }
}
