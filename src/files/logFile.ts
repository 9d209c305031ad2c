/**
 * A process's own log: one line an event, with the time since the run's epoch.
 *
 * An edge module. It never overwrites a file and never holds up the stream: when the disk is slower than what is
 * logged, lines are left out, and the log says how many.
 */
import { createWriteStream, mkdirSync, openSync } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { EnvironmentError, UsageError } from '../errors.ts';
import { plainReason } from './reason.ts';

/** Lines waiting for the disk; more are left out. */
const MOST_WAITING_BYTES = 1 << 20;

export interface Log {
  /** Adds a line. `atNs` is the time since the run's epoch, nanoseconds. */
  line(atNs: number, text: string): void;
  close(): Promise<void>;
}

/** The log of a process that writes none. */
export const NO_LOG: Log = { line: () => undefined, close: () => Promise.resolve() };

export class LogFile implements Log {
  readonly path: string;
  readonly #stream: WriteStream;
  #leftOut = 0;
  #failed = false;

  /**
   * @throws UsageError when the file is there already, EnvironmentError when it cannot be made
   */
  constructor(path: string) {
    this.path = path;
    const descriptor = openNew(path);
    this.#stream = createWriteStream(path, { fd: descriptor });
    this.#stream.on('error', () => {
      this.#failed = true;
    });
  }

  line(atNs: number, text: string): void {
    if (this.#failed) return;
    if (this.#stream.writableLength > MOST_WAITING_BYTES) {
      this.#leftOut += 1;
      return;
    }
    this.#stream.write(`${(atNs / 1e9).toFixed(6).padStart(12)}  ${text}\n`);
  }

  async close(): Promise<void> {
    if (this.#leftOut > 0)
      this.#stream.write(`${this.#leftOut} lines were left out: the disk was too slow\n`);
    this.#stream.end();
    await finished(this.#stream).catch(() => undefined);
  }
}

function openNew(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  try {
    return openSync(path, 'wx');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotWrite(path, cause);
    throw new UsageError(
      `--log: expected a new file, got ${path}, which exists; choose another name or remove it`,
    );
  }
}

const cannotWrite = (path: string, cause: unknown): EnvironmentError =>
  new EnvironmentError(
    `cannot write the log ${path}: ${plainReason(cause)}; choose a folder you can write to`,
    { cause },
  );

/** A name no other process of this machine takes: role, wall-clock time, process id. */
export function defaultLogPath(role: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:.]/g, '').slice(0, 18);
  return join('matchstream-logs', `${role}-${stamp}-${process.pid}.log`);
}
