/**
 * Writes a proxy's datagrams to a recording: sorted by time of arrival within 10 ms, time 0 the first one's.
 *
 * It waits for the disk; what comes meanwhile is held by whoever hands it the chunks.
 */
import { CONVERSATION_HEADER } from '../conversationFormat.ts';
import { RecordingWriter } from '../writer.ts';
import { ArrivalOrder, rowOf } from './arrivalOrder.ts';
import type { Met } from './tapMessages.ts';
import type { TapChunk } from './tapChunk.ts';

/** Sockets are read one after the other: within this time, datagrams of several of them are put in order. */
export const SORT_NS = 10e6;
const FLUSH_NS = 1e9;

/** What the file has, once it is closed. */
export interface Written {
  /** Frames. */
  readonly recorded: number;
  /** Recorded with the time of the one before, because they came to be known more than 10 ms late. */
  readonly stragglers: number;
}

export class TapWriter {
  readonly #writer: RecordingWriter;
  readonly #order = new ArrivalOrder();
  readonly #free: (chunk: TapChunk) => void;
  readonly #clients: { readonly flow: number; members: string }[] = [];
  #stragglers = 0;
  #lastNs = 0;
  /** When the first datagram of the file arrived. */
  #firstNs = 0;
  #flushedNs = Number.NEGATIVE_INFINITY;
  #isFlushed = true;

  /**
   * Makes the file, as `NAME.partial` until it is finished.
   * @param free receives each chunk that is no longer needed
   * @param header a conversation's
   * @param keepsPartial whether an incomplete file stays
   * @throws UsageError, EnvironmentError if it cannot be made
   */
  constructor(
    path: string,
    free: (chunk: TapChunk) => void,
    header = CONVERSATION_HEADER,
    keepsPartial = true,
  ) {
    this.#writer = new RecordingWriter(path, header, { keepsPartial });
    this.#free = free;
  }

  /** Whether everything is in the file. */
  get isFlushed(): boolean {
    return this.#isFlushed && this.#order.count === 0;
  }

  /** Clients are numbered in this order. */
  meet({ flow, members }: Met): void {
    this.#clients.push({ flow, members });
  }

  /** Writes what is in order by now. @throws EnvironmentError if the disk does not take it */
  async add(chunk: TapChunk, nowNs: number): Promise<void> {
    this.#order.add(chunk);
    await this.#write(nowNs - SORT_NS);
    if (nowNs - this.#flushedNs < FLUSH_NS) return;
    this.#flushedNs = nowNs;
    await this.#flush();
  }

  /** Writes all that waits: nothing has come in for a while. @throws EnvironmentError if the disk does not take it */
  async settle(): Promise<void> {
    await this.#write(Number.POSITIVE_INFINITY);
    await this.#flush();
  }

  /** Writes all that waits, and gives the file its name. @throws EnvironmentError if the disk does not take it */
  async finish(): Promise<void> {
    await this.#write(Number.POSITIVE_INFINITY);
    await this.#writer.finish();
  }

  /** What is in the file. @param isWhole whether it was finished: then the disk has all of it */
  written(isWhole: boolean): Written {
    return {
      recorded: isWhole ? this.#writer.frames : this.#writer.writtenFrames,
      stragglers: this.#stragglers,
    };
  }

  /** Removes the file. */
  async discard(): Promise<void> {
    await this.#writer.discard();
  }

  async #flush(): Promise<void> {
    await this.#writer.flush();
    this.#isFlushed = true;
  }

  async #write(untilNs: number): Promise<void> {
    for (const place of this.#order.take(untilNs)) {
      const behind = this.#append(this.#order.find(place), rowOf(place));
      const free = this.#order.release(place);
      if (free !== null) this.#free(free);
      if (behind !== undefined) await behind;
    }
  }

  #append(chunk: TapChunk, row: number): Promise<void> | undefined {
    const timeNs = Math.floor(chunk.timesNs[row] as number);
    if (this.#writer.frames === 0) this.#firstNs = timeNs;
    const sinceFirstNs = timeNs - this.#firstNs;
    if (sinceFirstNs < this.#lastNs) this.#stragglers += 1;
    else this.#lastNs = sinceFirstNs;
    this.#isFlushed = false;
    const client = this.#clients[chunk.clients[row] as number] as { flow: number; members: string };
    const { flow, members } = client;
    client.members = '';
    const start = chunk.starts[row] as number;
    const payload = chunk.bytes.subarray(start, start + (chunk.lengths[row] as number));
    return this.#writer.append(this.#lastNs, payload, flow, chunk.upward[row] === 1 ? 'up' : 'down', members);
  }
}
