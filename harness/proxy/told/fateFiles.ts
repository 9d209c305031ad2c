/**
 * Writes fate files, each atomically.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError, UsageError } from '../../../src/base/errors.ts';
import { makeFolder, whyNoFolder } from '../../../src/files/outputs.ts';
import { codeFor, plainReason, remedyFor } from '../../../src/files/reason.ts';
import { AtomicFileWriter } from '../../../src/files/atomicFile.ts';
import { tryWriting } from '../../../src/files/unwritten.ts';
import type { Unwritten } from '../../../src/files/unwritten.ts';
import { fateFileName } from '../../impairment/fates.ts';
import { fateLines } from './fateLines.ts';
import type { FateSource } from './fateLines.ts';

const CHUNK_CHARS = 1 << 16;

/** Names of fate files, as `fateFileName` gives them. */
const FATE_FILE = /^fates-\d+-(?:down|up)(?:-control)?(?:-stream-\d+)?\.jsonl$/;

const cannotMake = (dir: string, why: string, cause?: unknown): EnvironmentError =>
  new EnvironmentError(
    codeFor(why),
    `cannot make the folder ${dir} for fate files: ${why}; ${remedyFor(why)}`,
    { cause },
  );

/**
 * Checks that the folder has no fate files, because those of different runs could not be told apart later.
 * @throws UsageError if it has fate files, EnvironmentError if it cannot be created
 */
export function checkFatesFolder(dir: string): void {
  const why = whyNoFolder(dir);
  if (why !== null) throw cannotMake(dir, why);
  const stale = namesIn(dir).find((name) => FATE_FILE.test(name));
  if (stale !== undefined) {
    throw new UsageError(
      'output-taken',
      '--fates',
      `expected a folder without fate files, got ${dir}, which has ${stale}; choose another one`,
    );
  }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    // It is not there yet.
    return [];
  }
}

/**
 * Creates the folder at the start of a run, so that a failure is not discovered only at its end.
 * @throws as `checkFatesFolder`
 */
export function makeFatesFolder(dir: string): void {
  checkFatesFolder(dir);
  try {
    makeFolder(dir);
  } catch (cause) {
    throw cannotMake(dir, plainReason(cause), cause);
  }
}

/**
 * Writes one file per source, named by `fateFileName`, into a folder that is created if needed. A file that cannot be
 * written does not exist, and the others are written.
 * @returns what could not be written
 */
export async function writeFateFiles(dir: string, sources: readonly FateSource[]): Promise<Unwritten[]> {
  const unwritten: Unwritten[] = [];
  for (const source of sources) {
    const path = join(dir, fateFileName(source.key));
    unwritten.push(...(await tryWriting(() => writeLines(path, fateLines(source)))));
  }
  return unwritten;
}

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  const file = new AtomicFileWriter(path);
  try {
    let chunk = '';
    for (const line of lines) {
      chunk += `${line}\n`;
      if (chunk.length < CHUNK_CHARS) continue;
      await file.write(chunk);
      chunk = '';
    }
    await file.write(chunk);
    await file.commit();
  } catch (cause) {
    await file.discard();
    throw cause;
  }
}
