/**
 * A file that is written while something else must not wait: text is queued, and handed to the disk a piece at a time.
 *
 * An edge module. The queue is bounded: what finds no room is refused, and the caller says so. It never blocks, and a
 * failed write closes the file and is told at the end.
 */
import { close, openSync, write } from 'node:fs';
import type { EnvironmentError } from '../base/errors.ts';
import { notWritten, plainReason } from './reason.ts';

/** A disk that stands still for a second while a million rows a second come in fills this about once. */
const MAX_WAITING_BYTES = 32 << 20;
/** A disk that takes nothing for so long will not take the rest either. */
const STALL_LIMIT_MS = 10_000;

/** `fs.write`, or what a test puts in its place. */
export type Write = (
  descriptor: number,
  bytes: Uint8Array,
  done: (error: Error | null, writtenBytes: number) => void,
) => void;

export interface QueueOptions {
  readonly maxWaitingBytes?: number;
  readonly stallLimitMs?: number;
  readonly write?: Write;
}

export class QueuedFile {
  readonly #name: string;
  readonly #descriptor: number;
  readonly #maxWaitingBytes: number;
  readonly #stallLimitMs: number;
  readonly #write: Write;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #isOver = false;
  #failure: EnvironmentError | null = null;
  /** Called whenever the disk has taken something, or failed. */
  #progressed: () => void = () => undefined;

  /**
   * Empties the file or makes it.
   * @param name the path that a failure names: the one the user gave
   * @throws EnvironmentError when it cannot be opened
   */
  constructor(path: string, name = path, options: QueueOptions = {}) {
    this.#name = name;
    this.#maxWaitingBytes = options.maxWaitingBytes ?? MAX_WAITING_BYTES;
    this.#stallLimitMs = options.stallLimitMs ?? STALL_LIMIT_MS;
    this.#write = options.write ?? write;
    try {
      this.#descriptor = openSync(path, 'w');
    } catch (cause) {
      throw writeFailure(name, cause);
    }
  }

  /** Queues text. False when it was not taken: the queue is full, or a write failed. */
  offer(text: string): boolean {
    if (this.#isOver || this.#failure !== null) return false;
    const bytes = Buffer.from(text);
    if (this.#waitingBytes + bytes.length > this.#maxWaitingBytes) return false;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (!this.#isWriting) this.#next();
    return true;
  }

  /** Waits until the disk has all of it. @throws EnvironmentError when it does not take it */
  async close(): Promise<void> {
    this.#isOver = true;
    while (this.#isWriting && (await this.#progress()));
    if (this.#isWriting) {
      this.#fail(new Error('the disk does not take it'));
      // The call that hangs still has the descriptor: it is closed when that returns.
    } else if (this.#failure === null) {
      await this.#closeDescriptor();
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Gives up what is still queued, without a word. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#drop();
    if (!this.#isWriting && this.#failure === null) void this.#closeDescriptor();
  }

  #next(): void {
    const [bytes] = this.#waiting;
    this.#isWriting = bytes !== undefined;
    if (bytes === undefined) return;
    this.#write(this.#descriptor, bytes, (error, writtenBytes) => {
      if (error !== null) {
        this.#isWriting = false;
        this.#fail(error);
        void this.#closeDescriptor();
      } else if (this.#failure !== null || this.#waiting[0] !== bytes) {
        // Given up meanwhile.
        this.#isWriting = false;
        void this.#closeDescriptor();
      } else {
        // The disk may take a part only.
        this.#waitingBytes -= writtenBytes;
        if (writtenBytes < bytes.length) this.#waiting[0] = bytes.subarray(writtenBytes);
        else this.#waiting.shift();
        this.#next();
      }
      this.#progressed();
    });
  }

  #fail(cause: Error): void {
    this.#failure ??= writeFailure(this.#name, cause);
    this.#drop();
  }

  #drop(): void {
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
  }

  /** Whether the disk did anything within its time. */
  #progress(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#stallLimitMs);
      this.#progressed = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  /** A disk may tell only now that it has no room: network disks do. */
  #closeDescriptor(): Promise<void> {
    return new Promise((resolve) => {
      close(this.#descriptor, (error) => {
        if (error !== null && error !== undefined) this.#failure ??= writeFailure(this.#name, error);
        resolve();
      });
    });
  }
}

/** What a user reads: the path, why, and what to do. */
export const writeFailure = (name: string, cause: unknown): EnvironmentError =>
  notWritten(name, plainReason(cause), cause);
