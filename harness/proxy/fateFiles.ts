/**
 * Writes fate files, each whole or not at all.
 *
 * An edge module: it writes to the disk.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '../../src/errors.ts';
import { plainReason } from '../../src/files/reason.ts';
import { WholeFileWriter } from '../../src/files/wholeFile.ts';
import { fateFileName } from '../impairment/fates.ts';
import { fateLines } from './fateLines.ts';
import type { FateSource } from './fateLines.ts';

const CHUNK_CHARS = 1 << 16;

/**
 * Makes the folder, so that a run does not find out at its end that it cannot be made.
 * @throws EnvironmentError
 */
export function makeFatesFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
  } catch (cause) {
    throw new EnvironmentError(
      `cannot make the folder ${dir} for fate files: ${plainReason(cause)}; choose another one`,
      { cause },
    );
  }
}

/**
 * Writes one file for each source, named by `fateFileName`, into a folder that is made if need be.
 * @throws EnvironmentError when a file cannot be written; that one is then not there
 */
export async function writeFateFiles(dir: string, sources: readonly FateSource[]): Promise<void> {
  for (const source of sources) {
    const { flow, direction } = source.key;
    await writeLines(join(dir, fateFileName(flow, direction)), fateLines(source));
  }
}

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  const file = new WholeFileWriter(path);
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
