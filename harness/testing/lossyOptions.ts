/**
 * The options of `lossyProxy`, read into what the proxy takes.
 */
import * as check from '../../src/base/arguments.ts';
import { readDurationNs, readHostPort } from '../../src/base/quantities.ts';
import type { HostPort } from '../../src/base/quantities.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import { chooseKnobs, knobsAmong } from '../impairment/chosenKnobs.ts';
import { UNIMPAIRED } from '../impairment/impairment.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { KNOBS } from '../impairment/knobs.ts';
import type { Knobs } from '../impairment/knobs.ts';
import type { Direction } from '../impairment/schedule.ts';
import { readProtocol } from '../protocols/allProtocols.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { readScenarioText } from '../session/scenarioText.ts';

/** Any knob may stand beside these, by its name, as text: `drop: '5%'`, `delay: '20ms'`, `keepOrder: true`. */
export interface LossyProxyOptions {
  /** Where the server is: `127.0.0.1:5000`, `localhost:5000`, `5000`. */
  readonly upstream: string;
  /** Where it listens; default `127.0.0.1:0`, any free port. */
  readonly listen?: string;
  /** Gives the same fates again. The environment's MATCHSTREAM_SEED wins; without either, `name` gives it, else it is `1`. */
  readonly seed?: string;
  /** The test's name; vitest and jest tell it themselves. */
  readonly name?: string;
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
  /** A client that was silent for so long has its flow closed, such as `60s`. */
  readonly idle?: string;
  readonly transport?: TransportChoice;
  readonly [knob: string]: unknown;
}

/** What the proxy takes. */
export interface LossySettings {
  readonly upstream: HostPort;
  readonly listen: HostPort;
  readonly impairment: Impairment;
  readonly protocol: Protocol;
  readonly idleNs: number;
  readonly transport: TransportChoice;
}

const CALL = 'lossyProxy';
const IDLE_NS = 60e9;

const OPTIONS = {
  upstream: check.text,
  listen: check.optional(check.text),
  seed: check.optional(check.text),
  name: check.optional(check.text),
  protocol: check.optional(check.text),
  preset: check.optional(check.text),
  scenario: check.optional(check.path),
  direction: check.optional(check.oneOf('down', 'up', 'both')),
  down: check.optional(check.anything),
  up: check.optional(check.anything),
  holdMax: check.optional(check.text),
  idle: check.optional(check.text),
  transport: check.optional(check.transport),
};

const KNOB_NAMES: readonly string[] = KNOBS.map(({ name }) => name);

/**
 * @param seed that was chosen
 * @throws UsageError for an unknown key and for a value that cannot be read; it names the key
 */
export function readLossyOptions(options: LossyProxyOptions, seed: string): LossySettings {
  if (!check.isObject(options))
    check.refuseValue(CALL, "an object, such as { upstream: '127.0.0.1:5000' }", options);
  check.refuseUnknownKeys(CALL, options, [...Object.keys(OPTIONS), ...KNOB_NAMES]);
  for (const [key, checkValue] of Object.entries(OPTIONS)) checkValue(options[key], nameOf(key));
  const { listen = '127.0.0.1:0', protocol = 'any', idle, holdMax, transport = 'auto' } = options;
  const impairment: Impairment = {
    ...UNIMPAIRED,
    seed,
    ...readDirections(options),
    ...(holdMax !== undefined && { holdMaxNs: readDurationNs(holdMax, nameOf('holdMax')) }),
  };
  return {
    upstream: readHostPort(options.upstream, nameOf('upstream')),
    listen: readHostPort(listen, nameOf('listen')),
    impairment,
    protocol: readProtocol(protocol, nameOf('protocol')),
    idleNs: idle === undefined ? IDLE_NS : readDurationNs(idle, nameOf('idle')),
    transport,
  };
}

const nameOf = (...keys: readonly string[]): string => `${CALL}: ${keys.join(' and ')}`;

function readDirections(options: LossyProxyOptions): Pick<Impairment, Direction> {
  const { preset, scenario, direction = 'down' } = options;
  const own = { down: ownKnobs(options, 'down'), up: ownKnobs(options, 'up') };
  const { down, up } = chooseKnobs(
    { preset, scenario, direction, beside: knobsAmong(options), own },
    nameOf,
    readScenarioText,
  );
  return { down, up };
}

function ownKnobs(options: LossyProxyOptions, way: Direction): Knobs {
  const own = options[way];
  if (own === undefined) return {};
  if (!check.isObject(own)) check.refuseValue(nameOf(way), "knobs, such as { drop: '5%' }", own);
  check.refuseUnknownKeys(nameOf(way), own, KNOB_NAMES);
  return own as Knobs;
}
