/**
 * Reads the text of a scenario file.
 */
import type { Decoded } from '../../src/base/errors.ts';
import { readSmallFile } from '../../src/files/inputs.ts';
import { MAX_SCENARIO_BYTES } from '../impairment/scenario.ts';

/** At most 4 MiB; a refusal says what was found, and what to do. */
export const readScenarioText = (path: string): Decoded<string> => readSmallFile(path, MAX_SCENARIO_BYTES);
