/**
 * Finds what `matchstream scenario show` was asked for: a preset, or a scenario file.
 *
 * An edge module: it reads the file.
 */
import { UsageError } from '../../src/base/errors.ts';
import { PRESETS } from '../impairment/presets.ts';
import { readScenario } from '../impairment/scenario.ts';
import { describePreset, describeScenario } from '../impairment/describe.ts';
import type { ScenarioDescription } from '../impairment/describe.ts';
import { readScenarioText } from './scenarioFile.ts';

/**
 * @param name a preset's name, which comes first, or a file's path
 * @throws UsageError for what is neither, and for a file that is no scenario
 */
export function findScenario(name: string, datagramSizeBytes: number): ScenarioDescription {
  const preset = PRESETS.find((one) => one.name === name);
  if (preset !== undefined) return describePreset(preset, datagramSizeBytes);
  const text = readScenarioText(name);
  if (!text.ok) {
    const names = PRESETS.map((one) => one.name).join(', ');
    throw new UsageError(
      `scenario show: expected a preset (${names}) or a readable scenario file, got "${name}": ${text.reason}`,
    );
  }
  return describeScenario(readScenario(text.value, name), name, datagramSizeBytes);
}
