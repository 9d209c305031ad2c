/**
 * A process's own log: one line an event, with the time since the run's epoch.
 *
 * An edge module. It never overwrites a file and never holds up the stream: when the disk is slower than what is
 * logged, lines are left out, and the log says how many. Where it cannot say so itself, because the disk takes
 * nothing more, `complaint` does.
 */
import { createWriteStream, existsSync, openSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { escaped } from '../base/escape.ts';
import { UsageError } from '../base/errors.ts';
import type { EnvironmentError } from '../base/errors.ts';
import { makeFolder } from './outputs.ts';
import { notWritten, plainReason, remedyFor } from './reason.ts';

/** Lines waiting for the disk; more are left out. */
const MAX_WAITING_BYTES = 1 << 20;
/** A log is worth waiting for, but not for ever: a mebibyte takes a slow disk a moment. */
const CLOSE_LIMIT_MS = 5000;

export interface Log {
  /** Adds a line, whatever the text says. `atNs` is the time since the run's epoch, nanoseconds. */
  line(atNs: number, text: string): void;
  /** Never rejects, and never takes long. */
  close(): Promise<void>;
  /** What a reader of the log must be told elsewhere, one sentence; null when it is whole, or says itself what it lacks. */
  readonly complaint: string | null;
}

/** The log of a process that writes none. */
export const NO_LOG: Log = { line: () => undefined, close: () => Promise.resolve(), complaint: null };

export interface LogFileOptions {
  readonly closeLimitMs?: number;
  /** What writes to the file that was just made; for tests. */
  readonly open?: (path: string, descriptor: number) => Writable;
}

export class LogFile implements Log {
  readonly path: string;
  readonly #stream: Writable;
  readonly #closeLimitMs: number;
  readonly #madeFolder: boolean;
  #leftOut = 0;
  #isClosed = false;
  #failure: string | null = null;

  /**
   * @throws UsageError when the file is there already, EnvironmentError when it cannot be made
   */
  constructor(path: string, options: LogFileOptions = {}) {
    this.path = path;
    this.#closeLimitMs = options.closeLimitMs ?? CLOSE_LIMIT_MS;
    this.#madeFolder = !existsSync(dirname(path));
    const descriptor = openNew(path);
    const open = options.open ?? ((_path, fd) => createWriteStream(path, { fd }));
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

  /** Waits until the disk has it all, failed, or has had its time. */
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

  /** Leaves neither the file nor a folder that was made for it. */
  async discard(): Promise<void> {
    await this.close();
    try {
      rmSync(this.path, { force: true });
      if (this.#madeFolder) rmdirSync(dirname(this.path));
    } catch {
      // Another process has its log there by now.
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

/** For a run that failed before it began: there is nothing to read in its log, and the failure is thrown again. */
export const withoutLog =
  (log: Log) =>
  async (cause: unknown): Promise<never> => {
    if (log instanceof LogFile) await log.discard();
    throw cause;
  };

/** A name no other process of this machine takes: role, wall-clock time, process id. */
export function defaultLogPath(role: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:.]/g, '').slice(0, 18);
  return join('matchstream-logs', `${role}-${stamp}-${process.pid}.log`);
}
