/**
 * Writes arrivals files: one a client while it runs, joined by client number into one at the end.
 *
 * An edge module. It writes as it goes, a block at a time, in bounded memory, and never makes arrivals wait for the
 * disk: a disk that is too slow for them costs the file, which says so. The joined file appears whole or not at all,
 * and the parts are gone then.
 */
import { closeSync, createReadStream, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError } from '../../src/base/errors.ts';
import { temporaryPath } from '../../src/files/leftovers.ts';
import { makeFolder } from '../../src/files/outputs.ts';
import { QueuedFile, writeFailure } from '../../src/files/queuedFile.ts';
import type { QueueOptions } from '../../src/files/queuedFile.ts';
import { codeFor, plainReason, remedyFor } from '../../src/files/reason.ts';
import { AtomicFileWriter } from '../../src/files/atomicFile.ts';
import type { DatagramBatch } from '../../src/net/batch.ts';
import { ARRIVALS_HEADER, arrivalLine } from './arrivals.ts';

const BLOCK_CHARACTERS = 1 << 16;

/** Where an arrivals file will be, and the process that joins its parts. */
export interface ArrivalsPlace {
  readonly path: string;
  readonly processId: number;
}

/** The file that this process joins. */
export const ownArrivals = (path: string): ArrivalsPlace => ({ path, processId: process.pid });

const partPath = ({ path, processId }: ArrivalsPlace, client: number): string =>
  temporaryPath(path, processId, `client-${client}`);

/** Where blocks go. */
interface BlockFile {
  offer(text: string): boolean;
  close(): Promise<void>;
  abandon(): void;
}

/** The arrivals at one client: `add` each, then `close`, or `abandon` where something else failed. */
export class ArrivalsPart {
  readonly #path: string;
  readonly #client: number;
  readonly #file: BlockFile;
  #block = '';
  #rows = 0;
  #leftOut = 0;

  /**
   * @param how `direct` waits for the disk, for a virtual clock, where nothing arrives meanwhile; default: it queues
   * @throws EnvironmentError when it cannot be made
   */
  constructor(place: ArrivalsPlace, client: number, how: 'direct' | QueueOptions = {}) {
    const { path } = place;
    this.#path = path;
    this.#client = client;
    const part = partPath(place, client);
    try {
      makeFolder(dirname(part));
    } catch (cause) {
      throw writeFailure(path, cause);
    }
    this.#file = how === 'direct' ? new DirectFile(part, path) : new QueuedFile(part, path, how);
  }

  add(count: number | null, batch: DatagramBatch, row: number): void {
    this.#rows += 1;
    // Once a block is missing, so is the file.
    if (this.#leftOut > 0) return;
    this.#block += arrivalLine(this.#client, count, batch, row);
    if (this.#block.length >= BLOCK_CHARACTERS) this.#flush();
  }

  /** @throws EnvironmentError when a row is missing, whatever the reason */
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

/** Writes at once, however long the disk takes. */
class DirectFile implements BlockFile {
  readonly #name: string;
  #descriptor: number | null;

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
      throw writeFailure(this.#name, cause);
    }
    return true;
  }

  close(): Promise<void> {
    this.abandon();
    return Promise.resolve();
  }

  abandon(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

/** Joins the parts of clients 1 .. `clients` into the file they are parts of. */
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

/** Leaves no part behind. What is no file was never a part, and stays. */
export function removeArrivalsParts(path: string, clients: number): void {
  for (let client = 1; client <= clients; client += 1) {
    try {
      rmSync(partPath(ownArrivals(path), client), { force: true });
    } catch {
      // Whatever led here is the thing to tell, not that its remains could not be removed.
    }
  }
}

/** Whether somebody took a part away. */
const isGone = (cause: unknown): boolean => (cause as NodeJS.ErrnoException).code === 'ENOENT';
