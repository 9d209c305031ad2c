/**
 * The impairment options of a command (knobs, presets and scenario files), turned into an impairment.
 */
import type { Command } from 'commander';
import type { Decoded } from '../../src/base/errors.ts';
import { UsageError } from '../../src/base/errors.ts';
import { readSmallFile } from '../../src/files/inputs.ts';
import { controlConfig } from '../impairment/config.ts';
import { MIN_DELAY_MEMORY_BYTES, UNIMPAIRED } from '../impairment/impairment.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { formatKnobs, KNOBS, mergeKnobs, readKnobs } from '../impairment/knobs.ts';
import type { Knobs } from '../impairment/knobs.ts';
import { findPreset } from '../impairment/presets.ts';
import { MAX_SCENARIO_BYTES, readScenario } from '../impairment/scenario.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { addOptions, choice, flag, positiveTime, size, text } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import type { ScenarioProtocols } from './protocolOptions.ts';

/** The options besides the knobs. Flags override a preset and a scenario file. */
const OPTIONS = {
  preset: text(
    '--preset <name>',
    'a documented network, such as wifi or satellite; flags given beside it win',
  ),
  scenario: text('--scenario <file>', 'settings from a scenario file (JSON); flags given beside it win'),
  direction: choice(
    '--direction <which>',
    'which way flags and preset act: down is from the server, up is to it',
    ['down', 'up', 'both'],
    'down',
  ),
  holdMax: positiveTime(
    '--hold-max <time>',
    'longest wait for a datagram that should have come',
    UNIMPAIRED.holdMaxNs,
  ),
  delayMemory: size(
    '--delay-memory <size>',
    'most memory for what is held back, delayed or queued, of all flows together',
    MIN_DELAY_MEMORY_BYTES,
    UNIMPAIRED.delayMemoryBytes,
  ),
  impairControl: flag(
    '--impair-control',
    'impair control datagrams too; all that matchstream clients send up is such',
    UNIMPAIRED.impairControl,
  ),
};

/** Includes the knobs, by name. */
export type ImpairmentOptions = ValuesOf<typeof OPTIONS>;

export function addImpairmentOptions(command: Command): Command {
  command.optionsGroup(
    'Impairment, of each flow by itself, of what the server sends unless --direction says otherwise:',
  );
  for (const { flags, description } of KNOBS) command.option(flags, description);
  return addOptions(command, OPTIONS);
}

/** A scenario file's text, at most 4 MiB; a refusal says what was found, and what to do. */
export const readScenarioText = (path: string): Decoded<string> => readSmallFile(path, MAX_SCENARIO_BYTES);

/** The knobs among a command's options. */
const knobsIn = (options: object): Knobs =>
  Object.fromEntries(Object.entries(options).filter(([key]) => KNOBS.some(({ name }) => name === key)));

/**
 * The impairment that the options give.
 * @param seed of the schedule
 * @returns the impairment, its name for reports, and the protocols of the scenario file; null without a file
 */
export function chooseImpairment(
  options: ImpairmentOptions,
  seed: string,
): {
  readonly impairment: Impairment;
  readonly scenario: string;
  readonly protocols: ScenarioProtocols | null;
} {
  const { preset, scenario, direction, holdMax: holdMaxNs, delayMemory, impairControl } = options;
  if (preset !== undefined && scenario !== undefined) {
    throw new UsageError(
      'conflict',
      '--preset and --scenario',
      'expected one of them, got both; leave one out',
    );
  }
  const base: Record<Direction, Knobs> = { down: {}, up: {} };
  let name = 'flags';
  let protocols: ScenarioProtocols | null = null;
  if (scenario !== undefined) {
    const content = readScenarioText(scenario);
    if (!content.ok)
      throw new UsageError(
        'file-unreadable',
        `--scenario ${scenario}`,
        `expected a readable file, got ${content.reason}`,
      );
    const file = readScenario(content.value, scenario);
    Object.assign(base, { down: file.down, up: file.up });
    name = file.name ?? scenario;
    protocols = { file: scenario, protocol: file.protocol, protocolUp: file.protocolUp };
  }
  for (const way of direction === 'both' ? (['down', 'up'] as const) : [direction]) {
    if (preset !== undefined) {
      base[way] = findPreset(preset).knobs;
      name = preset;
    }
    base[way] = mergeKnobs(base[way], knobsIn(options));
  }
  const impairment = {
    seed,
    down: readKnobs(base.down),
    up: readKnobs(base.up),
    holdMaxNs,
    impairControl,
    delayMemoryBytes: delayMemory,
  };
  return { impairment, scenario: name, protocols };
}

/** The knobs that affect control datagrams. */
const CONTROL_KNOBS =
  '--drop, --drop-exact, --drop-burst, --drop-state, --mtu, --duplicate, --reorder and --delay';

/**
 * Refuses impairments without effect: clients of matchstream send only control datagrams, which are not impaired unless
 * asked for; and if the protocol is unknown, no datagram counts as control.
 * @param protocolOption the option for the proxy's protocol
 * @throws UsageError
 */
export function checkControl(
  options: ImpairmentOptions,
  { up }: Impairment,
  protocol: Protocol,
  protocolOption: string,
): void {
  if (options.impairControl && !protocol.down.hasControl && !protocol.up.hasControl) {
    throw new UsageError(
      'conflict',
      '--impair-control',
      `expected ${protocolOption} matchstream or rtp, got ${protocol.text}, in which no datagram is one of control; leave it out`,
    );
  }
  if (protocol.up.isIndexed) return;
  const upward = formatKnobs(up);
  if (upward === '') return;
  const where = options.direction === 'down' ? `${options.scenario}: up` : `--direction ${options.direction}`;
  if (!options.impairControl) {
    throw new UsageError(
      'missing',
      where,
      `expected --impair-control beside it, got none; ` +
        'a client of matchstream sends nothing but control datagrams, which pass without it: add it, or impair the way down alone',
    );
  }
  // To spare datagrams is to impair none.
  if (formatKnobs({ ...controlConfig(up), spare: 0 }) !== '') return;
  throw new UsageError(
    'conflict',
    where,
    `expected knobs that act on control datagrams, got ${upward}; ${CONTROL_KNOBS} do`,
  );
}

/** The settings as flags; the way up only if it has any. */
export function formatImpairment({ down, up }: Pick<Impairment, Direction>): string {
  const upward = formatKnobs(up);
  return `${formatKnobs(down) || 'none'}${upward === '' ? '' : `; on the way up: ${upward}`}`;
}
