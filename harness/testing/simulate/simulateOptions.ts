/**
 * The options of `simulate`, read into what a run takes.
 */
import * as check from '../../../src/base/arguments.ts';
import type { Checks } from '../../../src/base/arguments.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { readDurationNs, readPositiveDurationNs } from '../../../src/base/quantities.ts';
import { chooseKnobs, knobsAmong, withTraceFile } from '../../impairment/chosenKnobs.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import { UNIMPAIRED } from '../../impairment/impairment.ts';
import type { Impairment } from '../../impairment/impairment.ts';
import { KNOBS, readKnobs } from '../../impairment/knobs.ts';
import type { Knobs } from '../../impairment/knobs.ts';
import { settingsOver } from '../../impairment/phases.ts';
import type { Phased } from '../../impairment/phases.ts';
import type { Direction } from '../../impairment/schedule.ts';
import { readProtocol } from '../../protocols/allProtocols.ts';
import type { Protocol } from '../../protocols/protocol.ts';
import { readScenarioText } from '../../session/scenarioText.ts';
import type { SimulatedEndpoint } from './endpoints.ts';

/** The network. Any knob may stand beside these, by its name, as text: `drop: '5%'`, `delay: '20ms'`, `keepOrder: true`. */
export interface SimulatedImpairment {
  /** A documented network, such as `wifi`. */
  readonly preset?: string;
  /** A scenario file. */
  readonly scenario?: string;
  /** Which way the knobs beside it and the preset act: `both` (default); `up`, from the endpoint of a pair that sends first; `down`, to it. */
  readonly direction?: Direction | 'both';
  /** Knobs of one direction; they win over those beside. */
  readonly down?: Knobs;
  readonly up?: Knobs;
  /** All knobs of a path, such as `'client>server'`, in the place of what is said for all. */
  readonly paths?: Readonly<Record<string, Knobs>>;
  readonly [knob: string]: unknown;
}

export interface SimulateOptions {
  /** By name; two or more. */
  readonly endpoints: Readonly<Record<string, SimulatedEndpoint>>;
  /** Default: none. */
  readonly impairment?: SimulatedImpairment;
  /** Gives the same run again. The environment's MATCHSTREAM_SEED wins; without either, `name` gives it, else it is `1`. */
  readonly seed?: string;
  /** The test's name; vitest and jest tell it themselves. */
  readonly name?: string;
  /** What gives a datagram its index, as after `--protocol`; default `any`, the order of sending. */
  readonly protocol?: string;
  /** Longest wait of what is held for a later datagram, such as `500ms`; default 1 s. */
  readonly holdMax?: string;
  /** Asked after each event; the run ends when it returns true. By default it ends when nothing is under way and no timeout is due. */
  readonly until?: (nowMs: number) => boolean;
  /** Virtual time after which a run counts as endless, such as `10s`; default 1 h. */
  readonly maxTime?: string;
  /** Datagrams after which it does; default 100,000. */
  readonly maxDatagrams?: number;
}

/** What a run takes. */
export interface SimulateSettings {
  readonly endpoints: readonly (readonly [string, SimulatedEndpoint])[];
  readonly impairment: Impairment;
  readonly protocol: Protocol;
  readonly until: ((nowMs: number) => boolean) | undefined;
  readonly maxNs: number;
  readonly maxDatagrams: number;
  /** The file that conditions are from; null without one. */
  readonly scenario: string | null;
  /** Settings of a path of its own; null for those of its direction. */
  readonly pathConfig: (path: string) => ImpairmentConfig | null;
}

const CALL = 'simulate';
const MAX_NS = 3600e9;
const MAX_DATAGRAMS = 100_000;

/** A direction of two endpoints. */
export const pathName = (from: string, to: string): string => `${from}>${to}`;

const OPTIONS: Checks<SimulateOptions> = {
  endpoints: check.anything,
  impairment: check.optional(check.anything),
  seed: check.optional(check.text),
  name: check.optional(check.text),
  protocol: check.optional(check.text),
  holdMax: check.optional(check.text),
  until: check.optional(check.callback),
  maxTime: check.optional(check.text),
  maxDatagrams: check.optional(check.whole(1)),
};

const IMPAIRMENT = {
  preset: check.optional(check.text),
  scenario: check.optional(check.path),
  direction: check.optional(check.oneOf('down', 'up', 'both')),
  down: check.optional(check.anything),
  up: check.optional(check.anything),
  paths: check.optional(check.anything),
};

const KNOB_NAMES: readonly string[] = KNOBS.map(({ name }) => name);
const AN_ENDPOINT = check.method('an endpoint, an object with receive(payload, io)', 'receive');

const nameOf = (...keys: readonly string[]): string => `${CALL}: ${keys.join(' and ')}`;
const impairmentName = (...keys: readonly string[]): string => `${CALL}: impairment: ${keys.join(' and ')}`;

/**
 * @param seed that was chosen
 * @throws UsageError for an unknown key and for a value that cannot be read; it names the key
 */
export function readSimulateOptions(options: SimulateOptions, seed: string): SimulateSettings {
  check.shape(OPTIONS)(options, CALL);
  const { protocol = 'any', holdMax, until, maxTime, maxDatagrams = MAX_DATAGRAMS } = options;
  const endpoints = readEndpoints(options.endpoints);
  const { paths, ...conditions } = readNetworkOnce(
    options.impairment ?? {},
    endpoints.map(([name]) => name),
  );
  return {
    endpoints,
    impairment: {
      ...UNIMPAIRED,
      delayMemoryBytes: Number.POSITIVE_INFINITY,
      seed,
      ...conditions,
      ...(holdMax !== undefined && { holdMaxNs: readPositiveDurationNs(holdMax, nameOf('holdMax')) }),
    },
    protocol: withoutRegistration(readProtocol(protocol, nameOf('protocol'))),
    until,
    maxNs: maxTime === undefined ? MAX_NS : readDurationNs(maxTime, nameOf('maxTime')),
    maxDatagrams,
    scenario: options.impairment?.scenario ?? null,
    pathConfig: (path) => paths.get(path) ?? null,
  };
}

function readEndpoints(given: unknown): [string, SimulatedEndpoint][] {
  const name = nameOf('endpoints');
  const expected = 'two endpoints or more, such as { client, server }';
  if (!check.isObject(given)) check.refuseValue(name, expected, given);
  const names = Object.keys(given);
  if (names.length < 2)
    throw new UsageError('value-format', name, `expected ${expected}, got ${names[0] ?? 'none'}`);
  for (const [key, endpoint] of Object.entries(given)) {
    AN_ENDPOINT(endpoint, `${name}: ${key}`);
    if (key === '' || key.includes('>')) check.refuseValue(name, "names without '>'", key);
  }
  return Object.entries(given) as [string, SimulatedEndpoint][];
}

/** What clients of a simulation register with, it does not know. */
function withoutRegistration(protocol: Protocol): Protocol {
  if (protocol.admission === 'source') return protocol;
  throw new UsageError(
    'value-range',
    nameOf('protocol'),
    `expected any, rtp or a field, got ${protocol.text}, whose clients register; leave it out`,
  );
}

/** The network that was read last: a test with a thousand seeds has one. */
let last: { readonly key: string; readonly network: SimulatedNetworkSettings } | null = null;

/** What stands in a file may change. */
function readNetworkOnce(given: SimulatedImpairment, names: readonly string[]): SimulatedNetworkSettings {
  const key = JSON.stringify([names, given], (_name, value: unknown) =>
    typeof value === 'function' ? {} : value,
  );
  const readsFiles = key.includes('"scenario"') || key.includes('"rateTrace"');
  if (last?.key === key && !readsFiles) return last.network;
  const network = readNetwork(given, names);
  last = { key, network };
  return network;
}

type SimulatedNetworkSettings = Phased & { readonly paths: ReadonlyMap<string, ImpairmentConfig> };

function readNetwork(given: SimulatedImpairment, names: readonly string[]): SimulatedNetworkSettings {
  if (!check.isObject(given)) check.refuseValue(nameOf('impairment'), "knobs, such as { drop: '5%' }", given);
  check.refuseUnknownKeys(nameOf('impairment'), given, [...Object.keys(IMPAIRMENT), ...KNOB_NAMES]);
  for (const [key, checkValue] of Object.entries(IMPAIRMENT)) checkValue(given[key], impairmentName(key));
  const { preset, scenario, direction = 'both', paths } = given;
  const own = {
    down: knobsOf(given.down, impairmentName('down')),
    up: knobsOf(given.up, impairmentName('up')),
  };
  const { down, up, phases } = chooseKnobs(
    { preset, scenario, direction, beside: knobsAmong(given), own },
    impairmentName,
    readScenarioText,
  );
  const conditions = { down, up, phases };
  for (const way of ['down', 'up'] as const)
    for (const config of settingsOver(conditions, way)) checkSuits(config, impairmentName('rebind'));
  return { ...conditions, paths: readPaths(paths, names) };
}

/** Endpoints of a simulation have names and no ports. */
function checkSuits({ rebinds }: ImpairmentConfig, name: string): void {
  if (rebinds.length === 0) return;
  throw new UsageError(
    'conflict',
    name,
    'expected none in a simulation, whose endpoints have names and no ports, got one; leave it out',
  );
}

function readPaths(
  given: SimulatedImpairment['paths'],
  names: readonly string[],
): ReadonlyMap<string, ImpairmentConfig> {
  const subject = impairmentName('paths');
  const read = new Map<string, ImpairmentConfig>();
  if (given === undefined) return read;
  if (!check.isObject(given))
    check.refuseValue(subject, "knobs by path, such as { 'client>server': { drop: '5%' } }", given);
  const known = names.flatMap((from) => names.filter((to) => to !== from).map((to) => pathName(from, to)));
  check.refuseUnknownKeys(subject, given, known);
  for (const [path, knobs] of Object.entries(given)) {
    const ownName = (key: string): string => `${subject}: ${path}: ${key}`;
    const own = withTraceFile(knobsOf(knobs, `${subject}: ${path}`), readScenarioText, ownName);
    const config = readKnobs(own, ownName);
    checkSuits(config, `${subject}: ${path}: rebind`);
    if (config.shared)
      throw new UsageError(
        'conflict',
        `${subject}: ${path}: shared`,
        'expected a link of its own, got one that all share; say shared for all, or leave it out',
      );
    read.set(path, config);
  }
  return read;
}

function knobsOf(given: unknown, name: string): Knobs {
  if (given === undefined) return {};
  if (!check.isObject(given)) check.refuseValue(name, "knobs, such as { drop: '5%' }", given);
  check.refuseUnknownKeys(name, given, KNOB_NAMES);
  return given as Knobs;
}
