/**
 * Runs `matchstream scenario`: finds a preset or reads a scenario file, and prints what it does.
 */
import { UsageError } from '../../src/base/errors.ts';
import { linesOf } from '../../src/base/escape.ts';
import { print, printJson } from '../../src/files/terminal.ts';
import { describePreset, describeScenario } from '../impairment/describe.ts';
import type { ScenarioDescription } from '../impairment/describe.ts';
import { formatPresets, formatScenario } from '../impairment/formatScenario.ts';
import { withTraceFile } from '../impairment/chosenKnobs.ts';
import { flagOf } from '../impairment/config.ts';
import type { Knobs } from '../impairment/knobs.ts';
import { PRESETS, nearPreset } from '../impairment/presets.ts';
import { readScenario } from '../impairment/scenario.ts';
import { readScenarioText } from '../session/scenarioText.ts';
import { chooseProtocol } from './protocolOptions.ts';

export function showScenario(name: string, datagramSizeBytes: number, asJson: boolean): void {
  const scenario = findScenario(name, datagramSizeBytes);
  if (asJson) printJson(scenario, 2);
  else print(...linesOf(formatScenario(scenario)));
}

export const listPresets = (): void => print(...linesOf(formatPresets()));

const withTrace = (knobs: Knobs): Knobs => withTraceFile(knobs, readScenarioText, flagOf);

/** Both ways with the text of their traces. */
const withTraces = <Ways extends { readonly down: Knobs; readonly up: Knobs }>(ways: Ways): Ways => ({
  ...ways,
  down: withTrace(ways.down),
  up: withTrace(ways.up),
});

/**
 * @param name the name of a preset, or the path of a file; presets first
 * @throws UsageError if there is neither, and for a file that is not a scenario
 */
function findScenario(name: string, datagramSizeBytes: number): ScenarioDescription {
  const preset = PRESETS.find((one) => one.name === name);
  if (preset !== undefined) return describePreset(preset, datagramSizeBytes);
  const text = readScenarioText(name);
  if (!text.ok) {
    const names = PRESETS.map((one) => one.name).join(', ');
    throw new UsageError(
      'file-unreadable',
      'scenario show',
      `expected a preset (${names}) or a readable scenario file, got "${name}": ${text.reason}${nearPreset(name)}`,
    );
  }
  const scenario = readScenario(text.value, name);
  chooseProtocol({}, { ...scenario, file: name });
  const read = { ...withTraces(scenario), phases: scenario.phases.map(withTraces) };
  return describeScenario(read, name, datagramSizeBytes);
}
