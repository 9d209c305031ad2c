/**
 * The options of a lossy network, as `lossyProxy` and `recorded` take them, read into what the proxy takes.
 */
import * as check from '../../src/base/arguments.ts';
import { readDurationNs, readHostPort, readSizeBytes } from '../../src/base/quantities.ts';
import type { HostPort } from '../../src/base/quantities.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import { chooseKnobs, knobsAmong } from '../impairment/chosenKnobs.ts';
import type { Phased } from '../impairment/phases.ts';
import { UNIMPAIRED } from '../impairment/impairment.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { KNOBS } from '../impairment/knobs.ts';
import type { Knobs } from '../impairment/knobs.ts';
import type { Direction } from '../impairment/schedule.ts';
import { readProtocol } from '../protocols/allProtocols.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { LEAST_KEPT_BYTES } from '../recording/tap/keptTap.ts';
import { readScenarioText } from '../session/scenarioText.ts';

/** Any knob may stand beside these, by its name, as text: `drop: '5%'`, `delay: '20ms'`, `keepOrder: true`. */
export interface NetworkOptions {
  /** Where it listens; default `127.0.0.1:0`, any free port. */
  readonly listen?: string;
  /** Gives the same fates again. The environment's MATCHSTREAM_SEED wins; without either, a name gives it, else it is `1`. */
  readonly seed?: string;
  /** What gives a datagram its index, as after `--protocol`; default `any`, the order of arrival. */
  readonly protocol?: string;
  /** A documented network, such as `wifi`. */
  readonly preset?: string;
  /** A scenario file. */
  readonly scenario?: string;
  /** Which way the knobs beside it and the preset act: `down`, from the server (default), `up`, or `both`. */
  readonly direction?: Direction | 'both';
  /** Knobs of one direction; they win over those beside. */
  readonly down?: Knobs;
  readonly up?: Knobs;
  /** Longest wait for a datagram that should have come, such as `500ms`. */
  readonly holdMax?: string;
  readonly transport?: TransportChoice;
  readonly [knob: string]: unknown;
}

export interface LossyProxyOptions extends NetworkOptions {
  /** Where the server is: `127.0.0.1:5000`, `localhost:5000`, `5000`. */
  readonly upstream: string;
  /** The test's name; vitest and jest tell it themselves. */
  readonly name?: string;
  /** A client that was silent for so long has its flow closed, such as `60s`. */
  readonly idle?: string;
  /** Memory for what `recording` writes, payloads of all flows; default `16MiB`. */
  readonly recordingMemory?: string;
  /** Called with what one should know, a line each; by default it is written to the error output. */
  readonly notice?: (line: string) => void;
}

/** What the network is. */
export interface NetworkSettings {
  readonly listen: HostPort;
  readonly impairment: Impairment;
  readonly protocol: Protocol;
  readonly transport: TransportChoice;
}

/** What the proxy takes. */
export interface LossySettings extends NetworkSettings {
  readonly upstream: HostPort;
  readonly idleNs: number;
  readonly recordingBytes: number;
  /** Which way knobs without a direction act. */
  readonly direction: Direction | 'both';
}

const CALL = 'lossyProxy';
const IDLE_NS = 60e9;
const RECORDING_BYTES = 16 * 2 ** 20;

/** The keys of a network's options. */
const NETWORK = {
  listen: check.optional(check.text),
  seed: check.optional(check.text),
  protocol: check.optional(check.text),
  preset: check.optional(check.text),
  scenario: check.optional(check.path),
  direction: check.optional(check.oneOf('down', 'up', 'both')),
  down: check.optional(check.anything),
  up: check.optional(check.anything),
  holdMax: check.optional(check.text),
  transport: check.optional(check.transport),
};

const OF_PROXY = {
  upstream: check.text,
  name: check.optional(check.text),
  idle: check.optional(check.text),
  recordingMemory: check.optional(check.text),
  notice: check.optional(check.callback),
};

const KNOB_NAMES: readonly string[] = KNOBS.map(({ name }) => name);

/**
 * @param seed that was chosen
 * @throws UsageError for an unknown key and for a value that cannot be read; it names the key
 */
export function readLossyOptions(options: LossyProxyOptions, seed: string): LossySettings {
  checkOptions(CALL, options, OF_PROXY, "{ upstream: '127.0.0.1:5000' }");
  const { upstream, idle, recordingMemory } = options;
  return {
    ...readNetworkOptions(CALL, options, seed),
    upstream: readHostPort(upstream, `${CALL}: upstream`),
    direction: options.direction ?? 'down',
    idleNs: idle === undefined ? IDLE_NS : readDurationNs(idle, `${CALL}: idle`),
    recordingBytes:
      recordingMemory === undefined
        ? RECORDING_BYTES
        : readSizeBytes(
            recordingMemory,
            `${CALL}: recordingMemory`,
            LEAST_KEPT_BYTES,
            Number.MAX_SAFE_INTEGER,
          ),
  };
}

/**
 * Checks that there is no other key than a network's, a knob's, and those of the call itself.
 * @param call its name, in messages
 * @param own the call's keys
 * @param example of options
 */
export function checkOptions(
  call: string,
  options: NetworkOptions,
  own: Readonly<Record<string, check.Check>>,
  example: string,
): void {
  if (!check.isObject(options)) check.refuseValue(call, `an object, such as ${example}`, options);
  const checks = { ...own, ...NETWORK };
  check.refuseUnknownKeys(call, options, [...Object.keys(checks), ...KNOB_NAMES]);
  for (const [key, checkValue] of Object.entries(checks)) checkValue(options[key], `${call}: ${key}`);
}

/** @param call its name, in messages @throws UsageError for a value that cannot be read */
export function readNetworkOptions(call: string, options: NetworkOptions, seed: string): NetworkSettings {
  const { listen = '127.0.0.1:0', protocol = 'any', holdMax, transport = 'auto' } = options;
  const impairment: Impairment = {
    ...UNIMPAIRED,
    seed,
    ...readDirections(call, options),
    ...(holdMax !== undefined && { holdMaxNs: readDurationNs(holdMax, `${call}: holdMax`) }),
  };
  return {
    listen: readHostPort(listen, `${call}: listen`),
    impairment,
    protocol: readProtocol(protocol, `${call}: protocol`),
    transport,
  };
}

function readDirections(call: string, options: NetworkOptions): Phased {
  const { preset, scenario, direction = 'down' } = options;
  const own = { down: ownKnobs(call, options, 'down'), up: ownKnobs(call, options, 'up') };
  const { down, up, phases } = chooseKnobs(
    { preset, scenario, direction, beside: knobsAmong(options), own },
    (...keys) => `${call}: ${keys.join(' and ')}`,
    readScenarioText,
  );
  return { down, up, phases };
}

function ownKnobs(call: string, options: NetworkOptions, way: Direction): Knobs {
  const own = options[way];
  if (own === undefined) return {};
  const name = `${call}: ${way}`;
  if (!check.isObject(own)) check.refuseValue(name, "knobs, such as { drop: '5%' }", own);
  check.refuseUnknownKeys(name, own, KNOB_NAMES);
  return own as Knobs;
}
