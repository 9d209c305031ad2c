/**
 * Writes what is noted while a proxy runs, without ever making it wait.
 *
 * Datagrams are copied, sorted by time within 100 ms, and written. Where the disk is too slow, or writing would take more
 * than its share of the processor, datagrams are left out. Everything is in the file `NAME.partial` at most a second after
 * it was noted; at the end the file gets its name. On a virtual clock, where nothing happens meanwhile, it writes at once
 * and leaves nothing out: what it writes depends only on what it is given.
 */
import { EnvironmentError } from '../../../src/base/errors.ts';
import type { Clock } from '../../../src/net/clock.ts';
import { startTimer } from '../../../src/net/timer.ts';
import type { RecordingWriter } from '../writer.ts';
import { WaitingDatagrams } from './waitingDatagrams.ts';

/**
 * A datagram comes to be known some time after it arrived, when others have left already: within this time, they are put in
 * order. A simulated network runs ahead by a tenth of it at most.
 */
const SORT_NS = 100e6;
const VIRTUAL_SORT_NS = 10e6;
const TICK_MS = 10;
const FLUSH_NS = 1e9;
/** Memory for datagrams that wait to be written, bytes. */
const MAX_WAITING_BYTES = 64 << 20;
/** Share of the time that writing may take however busy the proxy is, and the share that it leaves free otherwise. */
const MIN_SHARE = 0.15;
const FREE_SHARE = 0.1;
/** The account of that time is of about so long, so that a quiet hour does not pay for a flood. */
const ACCOUNT_NS = 1e9;
/** Datagrams between two readings of the clock. */
const STEP = 256;

export interface Waiting {
  /** The file, not begun yet. */
  readonly writer: RecordingWriter;
  /** Of the times that are noted. */
  readonly clock: Clock;
  readonly isVirtual: boolean;
  /** Hands one to the writer; if the disk is behind, returns the writer's promise. */
  readonly append: (
    timeNs: number,
    payload: Uint8Array,
    owner: number,
    isUpward: boolean,
  ) => Promise<void> | undefined;
  /** Called with the reason if writing fails, once. */
  readonly failed: (cause: EnvironmentError) => void;
}

/** What became of what was noted. */
export interface Outcome {
  readonly written: number;
  /** Noted, and not written because writing failed. */
  readonly unwritten: number;
  /** Written with the time of the one before, because they were noted more than 100 ms late. */
  readonly stragglers: number;
  /** Why the file is incomplete and has no name of its own; null if it is complete. */
  readonly failure: EnvironmentError | null;
}

/** Processor time of this process, nanoseconds. */
function processNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

export class WaitingWriter {
  readonly #writer: RecordingWriter;
  readonly #clock: Clock;
  readonly #isVirtual: boolean;
  readonly #append: Waiting['append'];
  readonly #failed: Waiting['failed'];
  readonly #waiting = new WaitingDatagrams(MAX_WAITING_BYTES);
  #cancelTimer: (() => void) | null = null;
  /** Processor time that it may use, nanoseconds. */
  #budgetNs = ACCOUNT_NS * MIN_SHARE;
  #tickedNs: number;
  /** Of this process, when the last tick ended. */
  #processNs = 0;
  #stragglers = 0;
  #lastNs = 0;
  /** When the first datagram of the file arrived. */
  #firstNs = 0;
  #lastWriteNs = 0;
  #flushedNs: number;
  /** Whether the disk is behind: nothing is written until it is not. */
  #isBehind = false;
  #failure: EnvironmentError | null = null;

  constructor({ writer, clock, isVirtual, append, failed }: Waiting) {
    this.#writer = writer;
    this.#clock = clock;
    this.#isVirtual = isVirtual;
    this.#append = append;
    this.#failed = failed;
    const startNs = Math.floor(clock.nowNs());
    this.#flushedNs = startNs;
    this.#tickedNs = startNs;
    this.#processNs = processNs();
  }

  /** Whether writing has failed. */
  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /**
   * Notes a datagram, with a copy of its bytes.
   * @param owner any number, given back when it is written
   * @returns false if it is left out
   */
  note(
    from: Uint8Array,
    start: number,
    lengthBytes: number,
    timeNs: number,
    owner: number,
    isUpward: boolean,
  ): boolean {
    if (this.#failure !== null) return false;
    const waiting = this.#waiting;
    if (this.#isVirtual) this.#writeVirtually();
    let isNoted = waiting.put(from, start, lengthBytes, timeNs, owner, isUpward);
    if (!isNoted && this.#isVirtual) {
      this.#write(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
      isNoted = waiting.put(from, start, lengthBytes, timeNs, owner, isUpward);
    }
    if (isNoted && !this.#isVirtual) this.#cancelTimer ??= startTimer(this.#tick, TICK_MS);
    return isNoted;
  }

  /** Removes the file: the proxy did not start. */
  async abandon(): Promise<void> {
    this.#cancelTimer?.();
    await this.#writer.discard();
  }

  /** Writes what is waiting, and gives the file its name. Call it when nothing comes in any more. */
  async finish(): Promise<Outcome> {
    this.#cancelTimer?.();
    try {
      while (this.#waiting.count > 0 && this.#failure === null) {
        await this.#writer.flush();
        this.#isBehind = false;
        this.#write(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
      }
      if (this.#failure === null) await this.#writer.finish();
    } catch (cause) {
      this.#fail(cause);
    }
    // What the disk did not take is not written.
    const written = this.#failure === null ? this.#writer.frames : this.#writer.writtenFrames;
    return {
      written,
      unwritten: this.#waiting.count + this.#writer.frames - written,
      stragglers: this.#stragglers,
      failure: this.#failure,
    };
  }

  /** No later note has an earlier time. */
  #writeVirtually(): void {
    const nowNs = this.#clock.nowNs();
    if (nowNs - this.#tickedNs < VIRTUAL_SORT_NS) return;
    this.#tickedNs = nowNs;
    this.#write(nowNs - VIRTUAL_SORT_NS, Number.POSITIVE_INFINITY);
  }

  readonly #tick = (): void => {
    this.#cancelTimer = null;
    const nowNs = this.#clock.nowNs();
    this.#refill(nowNs);
    if (!this.#isBehind) this.#budgetNs -= this.#write(nowNs - SORT_NS, this.#budgetNs);
    this.#processNs = processNs();
    if (nowNs - this.#flushedNs >= FLUSH_NS) this.#flush(nowNs);
    const isWritten = this.#waiting.count === 0 && this.#flushedNs > this.#lastWriteNs;
    if (!isWritten && this.#failure === null) this.#cancelTimer = startTimer(this.#tick, TICK_MS);
  };

  /** Since the last tick: a share of the time for sure, and what the proxy left idle but for a reserve. */
  #refill(nowNs: number): void {
    const elapsedNs = nowNs - this.#tickedNs;
    const idleNs = elapsedNs - (processNs() - this.#processNs);
    this.#tickedNs = nowNs;
    this.#budgetNs += Math.max(elapsedNs * MIN_SHARE, idleNs - elapsedNs * FREE_SHARE);
    this.#budgetNs = Math.min(this.#budgetNs, ACCOUNT_NS * MIN_SHARE);
  }

  /**
   * Writes what arrived until a time, for as long as it may take. Returns the processor time that it took.
   * @param limitNs Infinity for all of it, however far behind the disk is
   */
  #write(untilNs: number, limitNs: number): number {
    const isLimited = limitNs < Number.POSITIVE_INFINITY;
    const beganNs = isLimited ? processNs() : 0;
    let visited = 0;
    try {
      this.#waiting.take(untilNs, (timeNs, start, lengthBytes, owner, isUpward) => {
        if (this.#isBehind && !this.#isVirtual) return false;
        if (isLimited && visited % STEP === 0 && processNs() - beganNs >= limitNs) return false;
        visited += 1;
        this.#writeOne(timeNs, start, lengthBytes, owner, isUpward);
        return true;
      });
    } catch (cause) {
      this.#fail(cause);
    }
    if (visited > 0) this.#lastWriteNs = this.#clock.nowNs();
    return isLimited ? processNs() - beganNs : 0;
  }

  #writeOne(timeNs: number, start: number, lengthBytes: number, owner: number, isUpward: boolean): void {
    // Time 0 is the first datagram's.
    if (this.#writer.frames === 0) this.#firstNs = Math.floor(timeNs);
    const sinceStartNs = Math.floor(timeNs) - this.#firstNs;
    if (sinceStartNs < this.#lastNs) this.#stragglers += 1;
    else this.#lastNs = sinceStartNs;
    const payload = this.#waiting.bytes.subarray(start, start + lengthBytes);
    const behind = this.#append(this.#lastNs, payload, owner, isUpward);
    if (behind !== undefined) void this.#catchUp(behind);
  }

  async #catchUp(behind: Promise<void>): Promise<void> {
    this.#isBehind = true;
    await behind.catch((cause: unknown) => this.#fail(cause));
    this.#isBehind = false;
  }

  #flush(nowNs: number): void {
    this.#flushedNs = nowNs;
    this.#writer.flush().catch((cause: unknown) => this.#fail(cause));
  }

  #fail(cause: unknown): void {
    if (!(cause instanceof EnvironmentError)) throw cause;
    if (this.#failure !== null) return;
    this.#failure = cause;
    this.#failed(cause);
  }
}
