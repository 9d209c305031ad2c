/**
 * Writes fate files, each whole or not at all.
 *
 * An edge module: it writes to the disk.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError, UsageError } from '../../src/base/errors.ts';
import { makeFolder, whyNoFolder } from '../../src/files/outputs.ts';
import { codeFor, plainReason, remedyFor } from '../../src/files/reason.ts';
import { AtomicFileWriter } from '../../src/files/atomicFile.ts';
import { fateFileName } from '../impairment/fates.ts';
import { fateLines } from './fateLines.ts';
import type { FateSource } from './fateLines.ts';

const CHUNK_CHARS = 1 << 16;

/** As `fateFileName` names one. */
const FATE_FILE = /^fates-\d+-(?:down|up)(?:-control)?(?:-stream-\d+)?\.jsonl$/;

const cannotMake = (dir: string, why: string, cause?: unknown): EnvironmentError =>
  new EnvironmentError(
    codeFor(why),
    `cannot make the folder ${dir} for fate files: ${why}; ${remedyFor(why)}`,
    { cause },
  );

/**
 * Checks that fate files can go there: afterwards nobody could tell those of another run from this one's.
 * @throws UsageError when there are fate files in it, EnvironmentError when it cannot be made
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
 * Makes the folder, so that a run does not find out at its end that it cannot be made.
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
 * Writes one file for each source, named by `fateFileName`, into a folder that is made if need be.
 * @throws EnvironmentError when a file cannot be written; that one is then not there
 */
export async function writeFateFiles(dir: string, sources: readonly FateSource[]): Promise<void> {
  for (const source of sources) {
    await writeLines(join(dir, fateFileName(source.key)), fateLines(source));
  }
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
