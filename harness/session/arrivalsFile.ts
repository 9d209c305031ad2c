/**
 * Writes arrivals files: one per client during the run, joined by client number into one at the end.
 *
 * It writes block by block, in bounded memory, and never delays arrivals: if the disk is too slow, rows are left out and
 * the file is given up with an error. The joined file is written atomically, and the parts are removed.
 */
import { closeSync, createReadStream, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError } from '../../src/base/errors.ts';
import { temporaryPath } from '../../src/files/leftovers.ts';
import { makeFolder } from '../../src/files/outputs.ts';
import { QueuedFile, writeFailure } from '../../src/files/queuedFile.ts';
import { codeFor, plainReason, remedyFor } from '../../src/files/reason.ts';
import { AtomicFileWriter } from '../../src/files/atomicFile.ts';
import type { DatagramBatch } from '../../src/net/batch.ts';
import { ARRIVALS_HEADER, arrivalLine } from './arrivals.ts';

const BLOCK_CHARACTERS = 1 << 16;

/** The path of an arrivals file, and the process that joins its parts. */
export interface ArrivalsPlace {
  readonly path: string;
  readonly processId: number;
}

/** An arrivals file that this process joins. */
export const ownArrivals = (path: string): ArrivalsPlace => ({ path, processId: process.pid });

const partPath = ({ path, processId }: ArrivalsPlace, client: number): string =>
  temporaryPath(path, processId, `client-${client}`);

/** Receives blocks. */
type BlockFile = Pick<QueuedFile, 'offer' | 'close' | 'abandon'>;

/** Opens the file of a part. @param name the path in error messages */
type Open = (path: string, name: string) => BlockFile;

/** It is written in the background. */
export const openQueued: Open = (path, name) => new QueuedFile(path, name);

/** Every block waits for the disk: for a virtual clock, on which nothing arrives meanwhile. */
export const openDirect: Open = (path, name) => new DirectFile(path, name);

/** The arrivals at one client: `add` each, then `close`, or `abandon` after a failure elsewhere. */
export class ArrivalsPart {
  readonly #path: string;
  readonly #client: number;
  readonly #file: BlockFile;
  #block = '';
  #rows = 0;
  #leftOut = 0;

  /** @throws EnvironmentError if it cannot be created */
  constructor(place: ArrivalsPlace, client: number, open: Open) {
    const { path } = place;
    this.#path = path;
    this.#client = client;
    const part = partPath(place, client);
    try {
      makeFolder(dirname(part));
    } catch (cause) {
      throw writeFailure(path, cause);
    }
    this.#file = open(part, path);
  }

  add(count: number | null, batch: DatagramBatch, row: number): void {
    this.#rows += 1;
    // After a missing block the file is useless.
    if (this.#leftOut > 0) return;
    this.#block += arrivalLine(this.#client, count, batch, row);
    if (this.#block.length >= BLOCK_CHARACTERS) this.#flush();
  }

  /** @throws EnvironmentError if a row is missing, for whatever reason */
  async close(): Promise<void> {
    if (this.#leftOut === 0 && this.#rows > 0) this.#flush();
    await this.#file.close();
    if (this.#leftOut === 0) return;
    throw new EnvironmentError(
      'disk-slow',
      `cannot write ${this.#path}: the disk is too slow for the arrivals at client ${this.#client}, ` +
        `${this.#leftOut + this.#rows} of them did not fit; choose a faster disk, or list none`,
    );
  }

  abandon(): void {
    this.#file.abandon();
  }

  #flush(): void {
    if (!this.#file.offer(this.#block)) this.#leftOut += this.#rows;
    this.#block = '';
    this.#rows = 0;
  }
}

/** Writes at once, waiting for the disk. */
class DirectFile implements BlockFile {
  readonly #name: string;
  #descriptor: number | null;
  #failure: EnvironmentError | null = null;

  constructor(path: string, name: string) {
    this.#name = name;
    try {
      this.#descriptor = openSync(path, 'w');
    } catch (cause) {
      throw writeFailure(name, cause);
    }
  }

  offer(text: string): boolean {
    if (this.#descriptor === null) return false;
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at);
    } catch (cause) {
      this.abandon();
      this.#failure = writeFailure(this.#name, cause);
    }
    return this.#failure === null;
  }

  async close(): Promise<void> {
    this.abandon();
    if (this.#failure !== null) throw this.#failure;
  }

  abandon(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

/** Joins the parts of clients 1 .. `clients` into the arrivals file. */
export async function joinArrivals(path: string, clients: number): Promise<void> {
  const file = new AtomicFileWriter(path);
  try {
    await file.write(ARRIVALS_HEADER);
    for (let client = 1; client <= clients; client += 1) {
      for await (const chunk of createReadStream(partPath(ownArrivals(path), client)))
        await file.write(chunk as Buffer);
    }
    await file.commit();
  } catch (cause) {
    await file.discard();
    if (cause instanceof EnvironmentError) throw cause;
    const why = plainReason(cause);
    throw new EnvironmentError(
      codeFor(why),
      `cannot join the parts of ${path}: ${why}; ` +
        (isGone(cause) ? 'leave them alone while it runs' : remedyFor(why)),
      { cause },
    );
  } finally {
    removeArrivalsParts(path, clients);
  }
}

/** Removes all parts. Anything that is not a file was never a part, and stays. */
export function removeArrivalsParts(path: string, clients: number): void {
  for (let client = 1; client <= clients; client += 1) {
    try {
      rmSync(partPath(ownArrivals(path), client), { force: true });
    } catch {
      // The failure that led here is the one to report.
    }
  }
}

/** Whether a part was removed by somebody else. */
const isGone = (cause: unknown): boolean => (cause as NodeJS.ErrnoException).code === 'ENOENT';
