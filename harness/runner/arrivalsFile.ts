/**
 * Writes arrivals files: one a client while it runs, joined by client number into one at the end.
 *
 * An edge module. It writes as it goes, a block at a time, in constant memory; the joined file appears whole or not
 * at all, and the parts are gone then.
 */
import { closeSync, createReadStream, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError } from '../../src/errors.ts';
import { plainReason } from '../../src/files/reason.ts';
import { WholeFileWriter } from '../../src/files/wholeFile.ts';
import type { DatagramBatch } from '../../src/stream/batch.ts';
import { ARRIVALS_HEADER, arrivalLine } from './arrivals.ts';

const BLOCK_CHARACTERS = 1 << 16;

export const arrivalsPartPath = (path: string, client: number): string => `${path}.client-${client}.tmp`;

/** The arrivals at one client. */
export class ArrivalsPart {
  readonly #client: number;
  readonly #descriptor: number;
  #block = '';

  constructor(path: string, client: number) {
    this.#client = client;
    const part = arrivalsPartPath(path, client);
    try {
      mkdirSync(dirname(part), { recursive: true });
      this.#descriptor = openSync(part, 'w');
    } catch (cause) {
      throw new EnvironmentError(
        `cannot write ${path}: ${plainReason(cause)}; choose a folder you can write to`,
        {
          cause,
        },
      );
    }
  }

  add(count: number, batch: DatagramBatch, row: number): void {
    this.#block += arrivalLine(this.#client, count, batch, row);
    if (this.#block.length >= BLOCK_CHARACTERS) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#descriptor);
  }

  #flush(): void {
    writeSync(this.#descriptor, this.#block);
    this.#block = '';
  }
}

/** Joins the parts of clients 1 .. `clients` into the file they are parts of. */
export async function joinArrivals(path: string, clients: number): Promise<void> {
  const file = new WholeFileWriter(path);
  try {
    await file.write(ARRIVALS_HEADER);
    for (let client = 1; client <= clients; client += 1) {
      for await (const chunk of createReadStream(arrivalsPartPath(path, client)))
        await file.write(chunk as Buffer);
    }
    await file.commit();
  } catch (cause) {
    await file.discard();
    throw cause;
  } finally {
    removeArrivalsParts(path, clients);
  }
}

/** Leaves no part behind. What is no file was never a part, and stays. */
export function removeArrivalsParts(path: string, clients: number): void {
  for (let client = 1; client <= clients; client += 1) {
    try {
      rmSync(arrivalsPartPath(path, client), { force: true });
    } catch {
      // Whatever led here is the thing to tell, not that its remains could not be removed.
    }
  }
}
