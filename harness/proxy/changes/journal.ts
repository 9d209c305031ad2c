/**
 * The journal of a running proxy: each line is in it when a change returns. It goes to files, which never make the proxy wait, and the
 * last lines stay in memory.
 */
import type { Conditions } from '../../impairment/conditions.ts';
import type { Impairment } from '../../impairment/impairment.ts';
import type { Direction, ScheduleKey } from '../../impairment/schedule.ts';
import { actionLine, changeLine, headerLine, phaseLine, streamLine } from './journalLines.ts';
import type { Action, FirstIndex } from './journalLines.ts';

/** Memory for lines by default, bytes. */
const MAX_KEPT_BYTES = 1 << 20;

/** Takes lines, without a line end. */
export interface JournalSink {
  line(text: string): void;
}

/** Lines so far. */
export interface JournalLines {
  /** The last ones; where none are left out, the first is what the run began with. */
  readonly lines: readonly string[];
  /** Lines before them, which are no longer in memory. */
  readonly leftOut: number;
}

export class Journal {
  readonly #header: string;
  readonly #sinks: readonly JournalSink[];
  readonly #maxKeptBytes: number;
  #lines: string[] = [];
  #first = 0;
  #keptBytes = 0;
  #leftOut = 0;

  constructor(
    impairment: Pick<Impairment, 'seed' | Direction | 'impairControl' | 'phases'>,
    protocol: string,
    sinks: readonly JournalSink[] = [],
    maxKeptBytes = MAX_KEPT_BYTES,
  ) {
    this.#header = headerLine(impairment, protocol);
    this.#sinks = sinks;
    this.#maxKeptBytes = maxKeptBytes;
    this.#put(this.#header);
  }

  /** The first line. */
  get header(): string {
    return this.#header;
  }

  get lines(): JournalLines {
    return { lines: this.#lines.slice(this.#first), leftOut: this.#leftOut };
  }

  change(
    nowNs: number,
    number: number,
    before: Conditions,
    after: Conditions,
    firstIndices: readonly FirstIndex[],
  ): void {
    this.#put(changeLine(nowNs, number, before, after, firstIndices));
  }

  /** A phase begins in a stream. */
  phase(nowNs: number, at: FirstIndex, number: number): void {
    this.#put(phaseLine(nowNs, at, number));
  }

  /** A stream begins after the first change. */
  stream(nowNs: number, { flow, direction, stream = 1 }: ScheduleKey, life: number, number: number): void {
    this.#put(streamLine(nowNs, flow, direction, stream, life, number));
  }

  action(nowNs: number, action: Action): void {
    this.#put(actionLine(nowNs, action));
  }

  #put(line: string): void {
    for (const sink of this.#sinks) sink.line(line);
    this.#lines.push(line);
    this.#keptBytes += line.length;
    while (this.#keptBytes > this.#maxKeptBytes && this.#lines.length - this.#first > 1) {
      this.#keptBytes -= (this.#lines[this.#first] as string).length;
      this.#lines[this.#first] = '';
      this.#first += 1;
      this.#leftOut += 1;
    }
    // Moved at times only, so that a line costs the same however many are kept.
    if (this.#first > 1024 && this.#first * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#first);
      this.#first = 0;
    }
  }
}
