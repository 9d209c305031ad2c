/**
 * Atomic files: written under a temporary name in the same folder, then renamed, so that no partial file appears.
 *
 * A failed write removes the temporary file and gives the reason. Only regular files are replaced: a device or a link
 * with the same name is an error. The next process removes the temporary files of processes that were killed.
 */
import { createWriteStream, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import type { WriteStream } from 'node:fs';
import type { EnvironmentError } from '../base/errors.ts';
import { clearLeftovers, temporaryPath } from './leftovers.ts';
import { kindAt, makeFolder } from './outputs.ts';
import { notWritten, plainReason } from './reason.ts';

let serial = 0;

/** Temporary files that are not renamed yet. An exit handler removes them, because it can do only synchronous work. */
const unfinished = new Set<string>();
process.on('exit', () => {
  for (const temporary of unfinished) removeQuietly(temporary);
});

const temporaryName = (path: string): string => temporaryPath(path, process.pid, (serial += 1));

const failure = (path: string, cause: unknown): EnvironmentError =>
  notWritten(path, plainReason(cause), cause);

/** Makes the folder, and removes leftovers of other processes in it. */
function prepareFolder(folder: string): void {
  makeFolder(folder);
  clearLeftovers(folder);
}

/** Refuses to replace anything but a regular file: a rename over a device would remove it for the whole machine. */
function giveName(temporary: string, path: string): void {
  const taken = kindAt(path);
  if (taken !== null && taken !== 'file')
    throw new Error(taken === 'folder' ? 'it is a folder' : `it is ${taken}`);
  renameSync(temporary, path);
}

/** Clean-up after a failure: an error here must not hide that failure. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The caller reports the original failure.
  }
}

/** Writes a small file synchronously, and makes its folder if it is missing. */
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

/** A piece of so many bytes or more is written when `write` resolves; a smaller one may still be in use. */
export const STREAM_BYTES = 1 << 16;

function openNew(temporary: string, path: string): number {
  try {
    return openSync(temporary, 'wx');
  } catch (cause) {
    throw failure(path, cause);
  }
}

/** What a file is called until it is complete, if it is to be kept even then. */
export const partialOf = (path: string): string => `${path}.partial`;

/** An atomic file written in pieces, with back-pressure: `write`, then `commit` or `discard`. */
export class AtomicFileWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #keepsPartial: boolean;
  readonly #stream: WriteStream;
  #error: unknown;

  /**
   * @param keepsPartial whether the file stays, as `NAME.partial`, if it cannot be completed or the process is killed: for
   *   what cannot be made again. That file must not exist
   */
  constructor(path: string, keepsPartial = false) {
    this.#path = path;
    this.#keepsPartial = keepsPartial;
    this.#temporary = keepsPartial ? partialOf(path) : temporaryName(path);
    try {
      prepareFolder(dirname(path));
    } catch (cause) {
      throw failure(path, cause);
    }
    if (!keepsPartial) unfinished.add(this.#temporary);
    this.#stream = createWriteStream(this.#temporary, {
      highWaterMark: STREAM_BYTES,
      ...(keepsPartial && { fd: openNew(this.#temporary, path) }),
    });
    this.#stream.on('error', (error) => {
      this.#error ??= error;
    });
  }

  /** Resolves when the next piece may be written. */
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

  /** Closes the file and renames it to its final name. */
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

  /** Closes the file. @param isKept whether an incomplete file stays; default: as in the constructor */
  async discard(isKept = this.#keepsPartial): Promise<void> {
    this.#stream.destroy();
    await finished(this.#stream).catch(() => undefined);
    this.#remove(isKept);
  }

  #remove(isKept = this.#keepsPartial): void {
    if (isKept) return;
    removeQuietly(this.#temporary);
    unfinished.delete(this.#temporary);
  }
}
