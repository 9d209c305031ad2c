/**
 * Reads a scenario file from disk. An edge module.
 */
import type { Decoded } from '../../src/base/errors.ts';
import { readSmallFile } from '../../src/files/inputs.ts';

/** Room for lists of half a million datagrams. */
const MAX_BYTES = 4 * 2 ** 20;

/** The file's text, at most 4 MiB; a refusal says what there is instead, and what to do. */
export const readScenarioText = (path: string): Decoded<string> => readSmallFile(path, MAX_BYTES);
