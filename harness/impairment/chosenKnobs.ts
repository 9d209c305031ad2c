/**
 * The knobs of both directions from all that can give them: a preset or a scenario file, and knobs that stand beside it and win.
 */
import type { Decoded } from '../../src/base/errors.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { ImpairmentConfig } from './config.ts';
import { KNOBS, mergeKnobs, readKnobs } from './knobs.ts';
import type { Knobs } from './knobs.ts';
import { checkPhases } from './phases.ts';
import type { Phased } from './phases.ts';
import { findPreset } from './presets.ts';
import { readScenario } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import type { Direction } from './schedule.ts';
import { withTraceText } from './stages/rate.ts';
import type { KnobNaming } from './stages/stage.ts';

export interface KnobSources {
  /** A documented network; undefined for none. */
  readonly preset: string | undefined;
  /** The path of a scenario file; undefined for none. */
  readonly scenario: string | undefined;
  /** Which way the preset and the knobs beside it act. */
  readonly direction: Direction | 'both';
  readonly beside: Knobs;
  /** Knobs of one direction; they win over those beside. */
  readonly own?: Readonly<Partial<Record<Direction, Knobs>>>;
}

export interface ChosenKnobs extends Phased {
  /** What the file says; null without one. */
  readonly file: Scenario | null;
}

/**
 * Knobs beside a scenario file with phases win in every phase.
 *
 * @param nameOf how a message names what is given by these keys, such as `--preset and --scenario`
 * @param readText the text of a scenario file, or of a trace
 * @throws UsageError for a preset beside a scenario file, for an unknown one of either, and for a value that cannot be read
 */
export function chooseKnobs(
  { preset, scenario, direction, beside, own = {} }: KnobSources,
  nameOf: (...keys: readonly string[]) => string,
  readText: (path: string) => Decoded<string>,
): ChosenKnobs {
  if (preset !== undefined && scenario !== undefined) {
    throw new UsageError(
      'conflict',
      nameOf('preset', 'scenario'),
      'expected one of them, got both; leave one out',
    );
  }
  const file = scenario === undefined ? null : readFile(scenario, nameOf('scenario'), readText);
  const known = preset === undefined ? undefined : findPreset(preset, nameOf('preset')).knobs;
  const settingsOf = (way: Direction, given: Knobs): ImpairmentConfig => {
    const isMeant = direction === 'both' || direction === way;
    const base = (isMeant ? known : undefined) ?? given;
    const merged = mergeKnobs(isMeant ? mergeKnobs(base, beside) : base, own[way] ?? {});
    return readKnobs(
      withTraceFile(merged, readText, (key) => nameOf(key)),
      (key) => nameOf(key),
    );
  };
  // Knobs that a phase has from the one before it are the same object, and so are then the settings.
  const read = { down: new Map<Knobs, ImpairmentConfig>(), up: new Map<Knobs, ImpairmentConfig>() };
  const once = (way: Direction, given: Knobs): ImpairmentConfig => {
    const config = read[way].get(given) ?? settingsOf(way, given);
    read[way].set(given, config);
    return config;
  };
  const { down = {}, up = {}, phases = [] } = file ?? {};
  const chosen = {
    down: once('down', down),
    up: once('up', up),
    phases: phases.map((phase) => ({
      atNs: phase.atNs,
      down: once('down', phase.down),
      up: once('up', phase.up),
    })),
    file,
  };
  checkPhases(chosen, (number) => `${scenario ?? ''}: phase ${number}`);
  return chosen;
}

/** Knobs with the text of a trace in the place of its path. @throws UsageError for a file that cannot be read */
export const withTraceFile = (
  knobs: Knobs,
  readText: (path: string) => Decoded<string>,
  nameOf: KnobNaming,
): Knobs => withTraceText(knobs, (path) => textOf(path, nameOf('rateTrace'), readText));

function textOf(path: string, name: string, readText: (path: string) => Decoded<string>): string {
  const text = readText(path);
  if (text.ok) return text.value;
  throw new UsageError('file-unreadable', `${name} ${path}`, `expected a readable file, got ${text.reason}`);
}

function readFile(path: string, name: string, readText: (path: string) => Decoded<string>): Scenario {
  return readScenario(textOf(path, name, readText), path);
}

/** The knobs among other keys. */
export const knobsAmong = (options: object): Knobs =>
  Object.fromEntries(Object.entries(options).filter(([key]) => KNOBS.some(({ name }) => name === key)));
