/**
 * The impairment options of a command: every knob, presets and scenario files, turned into settings.
 *
 * An edge module: it reads the scenario file.
 */
import { Option } from 'commander';
import type { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { positiveDurationOption } from './options.ts';
import { controlConfig } from '../impairment/config.ts';
import { UNIMPAIRED } from '../impairment/impairment.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { formatKnobs, KNOBS, mergeKnobs, readKnobs } from '../impairment/knobs.ts';
import type { Knobs } from '../impairment/knobs.ts';
import { findPreset } from '../impairment/presets.ts';
import { readScenario } from '../impairment/scenario.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { ProxyProtocol } from '../proxy/flow.ts';
import { readScenarioText } from './scenarioFile.ts';

/** Beside these stand the knobs, under their names. */
export interface ImpairmentOptions {
  readonly preset?: string;
  readonly scenario?: string;
  readonly direction: Direction | 'both';
  /** Nanoseconds. */
  readonly holdMax: number;
  readonly impairControl: boolean;
}

export interface ChosenImpairment {
  readonly impairment: Impairment;
  /** What the reports call it. */
  readonly scenario: string;
}

/** Adds the knobs, `--preset` and `--scenario`. Flags win over either. */
export function addImpairmentOptions(command: Command): Command {
  command.optionsGroup('Impairment, of what the server sends unless --direction says otherwise:');
  for (const { flags, description } of KNOBS) command.option(flags, description);
  return command
    .option('--preset <name>', 'a documented network, such as wifi or satellite; flags given beside it win')
    .option('--scenario <file>', 'settings from a scenario file (JSON); flags given beside it win')
    .addOption(
      new Option(
        '--direction <which>',
        'which way flags and preset act: down is from the server, up is to it',
      )
        .choices(['down', 'up', 'both'])
        .default('down'),
    )
    .addOption(
      positiveDurationOption(
        '--hold-max <time>',
        'longest wait for a datagram that should have come',
        UNIMPAIRED.holdMaxNs,
      ),
    )
    .option(
      '--impair-control',
      'impair control datagrams too; all that matchstream clients send up is such',
      UNIMPAIRED.impairControl,
    );
}

/** Of a command's options, those that are knobs. */
const knobsIn = (options: object): Knobs =>
  Object.fromEntries(Object.entries(options).filter(([key]) => KNOBS.some(({ name }) => name === key)));

/** @param seed of the schedule */
export function chooseImpairment(options: ImpairmentOptions, seed: string): ChosenImpairment {
  const { preset, scenario, direction, holdMax: holdMaxNs, impairControl } = options;
  if (preset !== undefined && scenario !== undefined) {
    throw new UsageError('--preset and --scenario: expected one of them, got both; leave one out');
  }
  const base: Record<Direction, Knobs> = { down: {}, up: {} };
  let name = 'flags';
  if (scenario !== undefined) {
    const text = readScenarioText(scenario);
    if (!text.ok)
      throw new UsageError(`--scenario ${scenario}: expected a readable file, got ${text.reason}`);
    const file = readScenario(text.value, scenario);
    Object.assign(base, { down: file.down, up: file.up });
    name = file.name ?? scenario;
  }
  for (const way of direction === 'both' ? (['down', 'up'] as const) : [direction]) {
    if (preset !== undefined) {
      base[way] = findPreset(preset).knobs;
      name = preset;
    }
    base[way] = mergeKnobs(base[way], knobsIn(options));
  }
  const impairment = { seed, down: readKnobs(base.down), up: readKnobs(base.up), holdMaxNs, impairControl };
  return { impairment, scenario: name };
}

/** The knobs that do anything to control datagrams. */
const CONTROL_KNOBS =
  '--drop, --drop-exact, --drop-burst, --drop-state, --mtu, --duplicate, --reorder and --delay';

/**
 * Refuses impairments that would do nothing: all that a client of matchstream sends is control datagrams, which pass
 * unless they are impaired too; and where the protocol is not known, no datagram is one of control.
 * @param protocolOption the option that says which protocol the proxy goes by
 * @throws UsageError
 */
export function checkControl(
  options: ImpairmentOptions,
  { up }: Impairment,
  protocol: ProxyProtocol,
  protocolOption: string,
): void {
  if (protocol === 'any') {
    if (!options.impairControl) return;
    throw new UsageError(
      `--impair-control: expected ${protocolOption} matchstream, got any, which impairs every datagram; leave it out`,
    );
  }
  const upward = formatKnobs(up);
  if (upward === '') return;
  const where = options.direction === 'down' ? `${options.scenario}: up` : `--direction ${options.direction}`;
  if (!options.impairControl) {
    throw new UsageError(
      `${where}: expected --impair-control beside it, got none; ` +
        'a client of matchstream sends nothing but control datagrams, which pass without it: add it, or impair the way down alone',
    );
  }
  if (formatKnobs(controlConfig(up)) !== '') return;
  throw new UsageError(
    `${where}: expected knobs that act on control datagrams, got ${upward}; ${CONTROL_KNOBS} do`,
  );
}

/** The settings as flags, the way up only where there is anything. */
export function formatImpairment({ down, up }: Pick<Impairment, Direction>): string {
  const upward = formatKnobs(up);
  return `${formatKnobs(down) || 'none'}${upward === '' ? '' : `; on the way up: ${upward}`}`;
}
