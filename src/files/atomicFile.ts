/**
 * Files that appear whole or not at all: written under a temporary name in the same folder, then renamed.
 *
 * An edge module: it touches the disk. A failed write removes the temporary file and names the reason. It replaces
 * files only: whatever else has the name, a device or a link, stays what it is. What a process that was killed left of
 * such a file, the next one removes.
 */
import { createWriteStream, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import type { WriteStream } from 'node:fs';
import type { EnvironmentError } from '../base/errors.ts';
import { clearLeftovers, temporaryPath } from './leftovers.ts';
import { kindAt, makeFolder } from './outputs.ts';
import { notWritten, plainReason } from './reason.ts';

let serial = 0;

/** Files that have not got their names yet. A process that is made to end at once has only time to remove them. */
const unfinished = new Set<string>();
process.on('exit', () => {
  for (const temporary of unfinished) removeQuietly(temporary);
});

const temporaryName = (path: string): string => temporaryPath(path, process.pid, (serial += 1));

const failure = (path: string, cause: unknown): EnvironmentError =>
  notWritten(path, plainReason(cause), cause);

/** Makes it, and removes what others left in it. */
function prepareFolder(folder: string): void {
  makeFolder(folder);
  clearLeftovers(folder);
}

/** A rename replaces whatever has the name, and a device that is gone is missed by the whole machine. */
function giveName(temporary: string, path: string): void {
  const taken = kindAt(path);
  if (taken !== null && taken !== 'file')
    throw new Error(taken === 'folder' ? 'it is a folder' : `it is ${taken}`);
  renameSync(temporary, path);
}

/** Clean-up after a failure must not hide it: where even the folder is missing there is nothing to remove. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The failure that led here is the one to tell.
  }
}

/** Writes a small file at once, making its folder if need be. */
export function writeAtomicFile(path: string, content: string | Uint8Array): void {
  const temporary = temporaryName(path);
  try {
    prepareFolder(dirname(path));
    writeFileSync(temporary, content);
    giveName(temporary, path);
  } catch (cause) {
    removeQuietly(temporary);
    throw failure(path, cause);
  }
}

/** A file written piece by piece, with back-pressure: `write`, then `commit` or `discard`. */
export class AtomicFileWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #stream: WriteStream;
  #error: unknown;

  constructor(path: string) {
    this.#path = path;
    this.#temporary = temporaryName(path);
    try {
      prepareFolder(dirname(path));
    } catch (cause) {
      throw failure(path, cause);
    }
    unfinished.add(this.#temporary);
    this.#stream = createWriteStream(this.#temporary, { highWaterMark: 1 << 16 });
    this.#stream.on('error', (error) => {
      this.#error ??= error;
    });
  }

  /** Resolves when more may be written. */
  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.#error !== undefined) throw failure(this.#path, this.#error);
    if (this.#stream.write(chunk)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.#stream.off('drain', go).off('error', go).off('close', go);
        resolve();
      };
      this.#stream.once('drain', go).once('error', go).once('close', go);
    });
    if (this.#error !== undefined) throw failure(this.#path, this.#error);
  }

  /** Ends the file and gives it its name. */
  async commit(): Promise<void> {
    try {
      this.#stream.end();
      await finished(this.#stream);
      if (this.#error !== undefined) throw this.#error;
      giveName(this.#temporary, this.#path);
      unfinished.delete(this.#temporary);
    } catch (cause) {
      this.#remove();
      throw failure(this.#path, cause);
    }
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.#stream.destroy();
    await finished(this.#stream).catch(() => undefined);
    this.#remove();
  }

  #remove(): void {
    removeQuietly(this.#temporary);
    unfinished.delete(this.#temporary);
  }
}
