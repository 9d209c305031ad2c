/**
 * The impairment options of a command (knobs, presets and scenario files), turned into an impairment.
 */
import type { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { chooseKnobs, knobsAmong } from '../impairment/chosenKnobs.ts';
import { formatDurationNs } from '../../src/base/quantities.ts';
import { controlConfig, flagOf } from '../impairment/config.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import { MIN_DELAY_MEMORY_BYTES, UNIMPAIRED } from '../impairment/impairment.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { formatKnobs, KNOBS } from '../impairment/knobs.ts';
import { settingsOver } from '../impairment/phases.ts';
import type { Phased } from '../impairment/phases.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { readScenarioText } from '../session/scenarioText.ts';
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
  const { down, up, phases, file } = chooseKnobs(
    { preset, scenario, direction, beside: knobsAmong(options) },
    (...keys) => keys.map(flagOf).join(' and '),
    readScenarioText,
  );
  const protocols =
    file === null || scenario === undefined
      ? null
      : { file: scenario, protocol: file.protocol, protocolUp: file.protocolUp };
  const impairment = { seed, down, up, phases, holdMaxNs, impairControl, delayMemoryBytes: delayMemory };
  return { impairment, scenario: file?.name ?? scenario ?? preset ?? 'flags', protocols };
}

/** The knobs that affect control datagrams. */
const CONTROL_KNOBS =
  '--drop, --drop-exact, --drop-burst, --drop-state, --mtu, --duplicate, --reorder, --jump and --delay';

/** Whether control datagrams are impaired by these settings: to spare datagrams is to impair none. */
const actsOnControl = (config: ImpairmentConfig): boolean =>
  formatKnobs({ ...controlConfig(config), spare: 0 }) !== '';

/**
 * Refuses impairments without effect: clients of matchstream send only control datagrams, which are not impaired unless
 * asked for; and if the protocol is unknown, no datagram counts as control.
 * @param protocolOption the option for the proxy's protocol
 * @throws UsageError
 */
export function checkControl(
  options: ImpairmentOptions,
  impairment: Impairment,
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
  const settings = settingsOver(impairment, 'up');
  const up = settings.find((config) => formatKnobs(config) !== '');
  if (up === undefined) return;
  const where = options.direction === 'down' ? `${options.scenario}: up` : `--direction ${options.direction}`;
  if (!options.impairControl) {
    throw new UsageError(
      'missing',
      where,
      `expected --impair-control beside it, got none; ` +
        'a client of matchstream sends nothing but control datagrams, which pass without it: add it, or impair the way down alone',
    );
  }
  if (settings.some(actsOnControl)) return;
  throw new UsageError(
    'conflict',
    where,
    `expected knobs that act on control datagrams, got ${formatKnobs(up)}; ${CONTROL_KNOBS} do`,
  );
}

/** The settings as flags; the way up only if it has any. */
export const formatSettings = ({ down, up }: Readonly<Record<Direction, ImpairmentConfig>>): string => {
  const upward = formatKnobs(up);
  return `${formatKnobs(down) || 'none'}${upward === '' ? '' : `; on the way up: ${upward}`}`;
};

/** The same, and each later phase. */
export const formatImpairment = (impairment: Phased): string =>
  [
    formatSettings(impairment),
    ...impairment.phases.map((phase) => `from ${formatDurationNs(phase.atNs)} on: ${formatSettings(phase)}`),
  ].join('; ');
