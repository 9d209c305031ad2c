/**
 * Reads the folder of a run into its model.
 */
import { basename, join, resolve } from 'node:path';
import { UsageError } from '../../src/base/errors.ts';
import { readSmallFile } from '../../src/files/inputs.ts';
import { kindAt } from '../../src/files/outputs.ts';
import { runModelOf } from './model/runModel.ts';
import type { RunModel } from './model/runModel.ts';
import { TABLE_NAMES } from './tables.ts';

/** A longer file would not fit into memory as text. */
const MAX_BYTES = 512 * 2 ** 20;

/** @throws UsageError for a folder that is no report */
export const readRunModel = (folder: string): RunModel =>
  runModelOf(readFiles(folder), basename(resolve(folder)));

/** The files that a run's model is made of, by name. */
function readFiles(folder: string): Map<string, string> {
  const names = [...TABLE_NAMES.map((name) => `${name}.csv`), 'environment.json'];
  const texts = new Map<string, string>();
  for (const name of names) {
    const path = join(folder, name);
    if (kindAt(path) === null) continue;
    const text = readSmallFile(path, MAX_BYTES);
    if (!text.ok)
      throw new UsageError('file-unreadable', path, `expected a readable file, got ${text.reason}`);
    texts.set(name, text.value);
  }
  if (texts.size > 0) return texts;
  throw new UsageError(
    'file-unreadable',
    folder,
    'expected the folder of a run, with tables or environment.json, got one without; give what --report named',
  );
}
