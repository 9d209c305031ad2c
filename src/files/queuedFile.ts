/**
 * A file written in the background: text is queued and written to the disk one piece at a time.
 *
 * The queue is bounded: text that does not fit is refused, and the caller reports it. It never blocks. A failed write
 * closes the file and is reported at the end.
 */
import { close, openSync, write } from 'node:fs';
import type { EnvironmentError } from '../base/errors.ts';
import { notWritten, plainReason } from './reason.ts';

/** About the rows of one second at a million rows a second, so that the disk may stall that long. */
const MAX_WAITING_BYTES = 32 << 20;
/** A disk that accepts nothing for this long has failed. */
const STALL_LIMIT_MS = 10_000;

/** `fs.write`, or its replacement in a test. */
export type Write = (
  descriptor: number,
  bytes: Uint8Array,
  done: (error: Error | null, writtenBytes: number) => void,
) => void;

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
  /** Called after every write, successful or not. */
  #progressed: () => void = () => undefined;

  /**
   * Creates or truncates the file.
   * @param name the path in error messages: the one the user gave
   * @throws EnvironmentError when it cannot be opened
   */
  constructor(
    path: string,
    name = path,
    limits: {
      readonly maxWaitingBytes?: number;
      readonly stallLimitMs?: number;
      readonly write?: Write;
    } = {},
  ) {
    this.#name = name;
    this.#maxWaitingBytes = limits.maxWaitingBytes ?? MAX_WAITING_BYTES;
    this.#stallLimitMs = limits.stallLimitMs ?? STALL_LIMIT_MS;
    this.#write = limits.write ?? write;
    try {
      this.#descriptor = openSync(path, 'w');
    } catch (cause) {
      throw writeFailure(name, cause);
    }
  }

  /** Queues text. False when the queue is full or a write failed. */
  offer(text: string): boolean {
    if (this.#isOver || this.#failure !== null) return false;
    const bytes = Buffer.from(text);
    if (this.#waitingBytes + bytes.length > this.#maxWaitingBytes) return false;
    this.#queue(bytes);
    return true;
  }

  /**
   * Waits until everything is written.
   * @param last a line that ends the file, such as what it lacks: it is queued however full the queue is
   * @throws EnvironmentError when a write failed
   */
  async close(last = ''): Promise<void> {
    if (last !== '' && !this.#isOver && this.#failure === null) this.#queue(Buffer.from(last));
    this.#isOver = true;
    while (this.#isWriting && (await this.#progress()));
    if (this.#isWriting) {
      this.#fail(new Error('the disk does not take it'));
      // The pending write still uses the descriptor, which is closed when it returns.
    } else if (this.#failure === null) {
      await this.#closeDescriptor();
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Discards the queue silently. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#drop();
    if (!this.#isWriting && this.#failure === null) void this.#closeDescriptor();
  }

  #queue(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (!this.#isWriting) this.#next();
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
        // Abandoned meanwhile.
        this.#isWriting = false;
        void this.#closeDescriptor();
      } else {
        // A write may be partial.
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

  /** Whether a write completed within the time limit. */
  #progress(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#stallLimitMs);
      this.#progressed = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  /** Network file systems may report a full disk only when the file is closed. */
  #closeDescriptor(): Promise<void> {
    return new Promise((resolve) => {
      close(this.#descriptor, (error) => {
        if (error !== null && error !== undefined) this.#failure ??= writeFailure(this.#name, error);
        resolve();
      });
    });
  }
}

/** The error for the user: path, reason and remedy. */
export const writeFailure = (name: string, cause: unknown): EnvironmentError =>
  notWritten(name, plainReason(cause), cause);
