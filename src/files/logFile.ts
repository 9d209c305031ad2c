/**
 * The log of a process: one line per event, with the time since the run's epoch.
 *
 * It never overwrites a file and never delays the stream: when the disk is too slow, lines are dropped and the log says
 * how many. When the disk fails, `complaint` says so instead.
 */
import { createWriteStream, existsSync, openSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { escaped } from '../base/escape.ts';
import { UsageError } from '../base/errors.ts';
import type { EnvironmentError } from '../base/errors.ts';
import { makeFolder } from './outputs.ts';
import { notWritten, plainReason, remedyFor } from './reason.ts';

/** Limit of queued bytes; further lines are dropped. */
const MAX_WAITING_BYTES = 1 << 20;
/** Longest wait for the disk at the end: enough for the full queue on a slow disk. */
const CLOSE_LIMIT_MS = 5000;

export interface Log {
  /** Adds a line; the text is escaped. `atNs` is the time since the run's epoch, nanoseconds. */
  line(atNs: number, text: string): void;
  /** Never rejects, and takes a few seconds at most. */
  close(): Promise<void>;
  /** One sentence about lines that are missing from the log; null when it is complete or says so itself. */
  readonly complaint: string | null;
}

/** A log that discards everything. */
export const NO_LOG: Log = { line: () => undefined, close: () => Promise.resolve(), complaint: null };

export class LogFile implements Log {
  readonly path: string;
  readonly #stream: Writable;
  readonly #closeLimitMs: number;
  readonly #madeFolder: boolean;
  #leftOut = 0;
  #isClosed = false;
  #failure: string | null = null;

  /**
   * @param how for tests: the time the disk has at the end, and what replaces the write stream
   * @throws UsageError when the file exists, EnvironmentError when it cannot be created
   */
  constructor(
    path: string,
    how: {
      readonly closeLimitMs?: number;
      readonly open?: (path: string, descriptor: number) => Writable;
    } = {},
  ) {
    const { closeLimitMs = CLOSE_LIMIT_MS, open = (_path, fd) => createWriteStream(path, { fd }) } = how;
    this.path = path;
    this.#closeLimitMs = closeLimitMs;
    this.#madeFolder = !existsSync(dirname(path));
    const descriptor = openNew(path);
    this.#stream = open(path, descriptor);
    this.#stream.on('error', (cause) => {
      this.#failure ??= plainReason(cause);
    });
  }

  line(atNs: number, text: string): void {
    if (this.#isClosed) return;
    if (this.#failure !== null || this.#stream.writableLength > MAX_WAITING_BYTES) {
      this.#leftOut += 1;
      return;
    }
    this.#stream.write(`${(atNs / 1e9).toFixed(6).padStart(12)}  ${escaped(text)}\n`);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#failure === null) {
      if (this.#leftOut > 0)
        this.#stream.write(`${this.#leftOut} lines were left out: the disk was too slow\n`);
      this.#stream.end();
    }
    await this.#written();
  }

  get complaint(): string | null {
    if (this.#failure === null) return null;
    return `the log ${this.path} is not whole: ${this.#failure}; ${remedyFor(this.#failure)}`;
  }

  /** Waits until everything is written, the disk failed, or the time limit passed. */
  async #written(): Promise<void> {
    if (this.#failure !== null || this.#stream.closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#failure ??= 'the disk does not take it';
        this.#stream.destroy();
        resolve();
      }, this.#closeLimitMs);
      this.#stream.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Removes the file and a folder that was made for it. */
  async discard(): Promise<void> {
    await this.close();
    try {
      rmSync(this.path, { force: true });
      if (this.#madeFolder) rmdirSync(dirname(this.path));
    } catch {
      // The folder holds the log of another process by now.
    }
  }
}

function openNew(path: string): number {
  try {
    makeFolder(dirname(path));
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  try {
    return openSync(path, 'wx');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotWrite(path, cause);
    throw new UsageError(
      'output-taken',
      '--log',
      `expected a new file, got ${path}, which exists; choose another name or remove it`,
    );
  }
}

const cannotWrite = (path: string, cause: unknown): EnvironmentError =>
  notWritten(`the log ${path}`, plainReason(cause), cause);

/** For a run that failed before it began: discards its empty log and throws the failure again. */
export const withoutLog =
  (log: Log) =>
  async (cause: unknown): Promise<never> => {
    if (log instanceof LogFile) await log.discard();
    throw cause;
  };

/** A name that is unique on this machine: role, wall-clock time, process id. */
export function defaultLogPath(role: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:.]/g, '').slice(0, 18);
  return join('matchstream-logs', `${role}-${stamp}-${process.pid}.log`);
}
