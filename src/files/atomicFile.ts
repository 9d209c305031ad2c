/**
 * Atomic files: written under a temporary name in the same folder, then renamed, so that no partial file appears.
 *
 * A failed write removes the temporary file and gives the reason. Only regular files are replaced: a device or a link
 * with the same name is an error. The next process removes the temporary files of processes that were killed.
 */
import {
  closeSync,
  createWriteStream,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
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
  readonly #output: Output;
  #error: unknown;

  /**
   * @param keepsPartial whether the file stays, as `NAME.partial`, if it cannot be completed or the process is killed: for
   *   what cannot be made again. That file must not exist
   * @param isDirect whether each piece waits for the disk before `write` returns: for a virtual clock, on which nothing
   *   happens meanwhile
   */
  constructor(path: string, keepsPartial = false, isDirect = false) {
    this.#path = path;
    this.#keepsPartial = keepsPartial;
    this.#temporary = keepsPartial ? partialOf(path) : temporaryName(path);
    try {
      prepareFolder(dirname(path));
    } catch (cause) {
      throw failure(path, cause);
    }
    if (!keepsPartial) unfinished.add(this.#temporary);
    const descriptor = keepsPartial || isDirect ? openNew(this.#temporary, path) : null;
    this.#output =
      isDirect && descriptor !== null
        ? new DirectOutput(descriptor)
        : new StreamOutput(
            createWriteStream(this.#temporary, {
              highWaterMark: STREAM_BYTES,
              ...(descriptor !== null && { fd: descriptor }),
            }),
            (error) => {
              this.#error ??= error;
            },
          );
  }

  /** Resolves when the next piece may be written. */
  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.#error !== undefined) throw failure(this.#path, this.#error);
    try {
      const accepted = this.#output.write(chunk);
      if (accepted !== null) await accepted;
    } catch (cause) {
      this.#error ??= cause;
    }
    if (this.#error !== undefined) throw failure(this.#path, this.#error);
  }

  /** Closes the file and renames it to its final name. */
  async commit(): Promise<void> {
    try {
      await this.#output.end();
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
    await this.#output.destroy();
    this.#remove(isKept);
  }

  #remove(isKept = this.#keepsPartial): void {
    if (isKept) return;
    removeQuietly(this.#temporary);
    unfinished.delete(this.#temporary);
  }
}

/** Where the pieces go. */
interface Output {
  /** Null: the next piece may be written; else resolves when it may. */
  write(chunk: string | Uint8Array): Promise<void> | null;
  end(): Promise<void>;
  destroy(): Promise<void>;
}

/** Written in the background. */
class StreamOutput implements Output {
  readonly #stream: WriteStream;

  constructor(stream: WriteStream, onError: (error: unknown) => void) {
    this.#stream = stream;
    stream.on('error', onError);
  }

  write(chunk: string | Uint8Array): Promise<void> | null {
    const stream = this.#stream;
    if (stream.write(chunk)) return null;
    return new Promise<void>((resolve) => {
      const go = (): void => {
        stream.off('drain', go).off('error', go).off('close', go);
        resolve();
      };
      stream.once('drain', go).once('error', go).once('close', go);
    });
  }

  async end(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
  }

  async destroy(): Promise<void> {
    this.#stream.destroy();
    await finished(this.#stream).catch(() => undefined);
  }
}

/** Written at once, waiting for the disk. */
class DirectOutput implements Output {
  #descriptor: number | null;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(chunk: string | Uint8Array): null {
    if (this.#descriptor === null) return null;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at);
    return null;
  }

  async end(): Promise<void> {
    this.#close();
  }

  async destroy(): Promise<void> {
    this.#close();
  }

  #close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}
