/**
 * Scenario files: knobs for each direction, as JSON.
 *
 * A direction's keys are the knobs' names (the flags in camel case), with the same text as on the command line:
 * {"name":"lift","down":{"drop":"5%","outage":"2s..3s"},"up":{"delay":"20ms"}}
 * Conditions that change stand in phases; a direction that a phase leaves out stays as it was:
 * {"phases":[{"at":"0s","down":{"drop":"5%"}},{"at":"10s","down":{}}]}
 */
import { UsageError } from '../../src/base/errors.ts';
import { isNear } from '../../src/base/near.ts';
import { findRepeated, readElements, readMembers } from '../../src/base/jsonMembers.ts';
import type { JsonMember } from '../../src/base/jsonMembers.ts';
import { formatDurationNs, readDurationNs } from '../../src/base/quantities.ts';
import { KNOBS, readKnobs } from './knobs.ts';
import type { Knob, Knobs } from './knobs.ts';
import { withTraceText } from './stages/rate.ts';

/** Enough for lists of half a million datagrams. */
export const MAX_SCENARIO_BYTES = 4 * 2 ** 20;

/** More phases are refused. */
const MAX_PHASES = 10_000;

/** Knobs from a time on, whole: what the file leaves out is filled in. */
export interface ScenarioPhase {
  /** Media time, nanoseconds, above 0. */
  readonly atNs: number;
  readonly down: Knobs;
  readonly up: Knobs;
}

export interface Scenario {
  readonly name: string | null;
  readonly description: string | null;
  /** The protocol, and the one for the way up if it is another; as `readProtocol` reads them. */
  readonly protocol: string | null;
  readonly protocolUp: string | null;
  /** Knobs for datagrams from the server, as `readKnobs` reads them. Empty: no impairment. */
  readonly down: Knobs;
  /** Knobs for datagrams to the server. */
  readonly up: Knobs;
  /** What changes later, by rising times. Empty: nothing does. */
  readonly phases: readonly ScenarioPhase[];
}

/** A flag without a value is true or false in a file. */
const typeOf = ({ flags }: Knob): 'boolean' | 'string' => (flags.includes('<') ? 'string' : 'boolean');

const directionSchema = (description: string) => ({
  description,
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(
    KNOBS.map((knob) => [knob.name, { description: knob.description, type: typeOf(knob) }]),
  ),
});

const DOWN = directionSchema('from the server to its clients');
const UP = directionSchema('from the clients to the server');

/** The JSON Schema of a scenario file, for editors; docs/scenario.schema.json is a copy. */
export const scenarioSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'matchstream scenario',
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: { description: 'where this schema is, for editors', type: 'string' },
    name: { description: 'what reports call the scenario', type: 'string' },
    description: { description: 'what it stands for', type: 'string' },
    protocol: { description: 'as --protocol has it, such as field:u32be@8', type: 'string' },
    protocolUp: { description: 'the same for the way up, where that is another one', type: 'string' },
    down: DOWN,
    up: UP,
    phases: {
      description: 'conditions that change, in the place of down and up; the first one at 0s',
      type: 'array',
      minItems: 1,
      maxItems: MAX_PHASES,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['at'],
        properties: {
          at: { description: 'time of the stream from which they apply, such as 10s', type: 'string' },
          down: { ...DOWN, description: `${DOWN.description}; absent: as before` },
          up: { ...UP, description: `${UP.description}; absent: as before` },
        },
      },
    },
  },
};

/** What stands for a trace that is read later. */
const ANY_TRACE = '1';

type JsonObject = Readonly<Record<string, unknown>>;

const kindOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'an object'
        : `${typeof value} ${String(value)}`;

function readObject(value: unknown, where: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError('file-format', where, `expected an object, got ${kindOf(value)}`);
  }
  return value as JsonObject;
}

function checkKeys(object: JsonObject, known: readonly string[], where: (key: string) => string): void {
  for (const key of Object.keys(object)) {
    if (known.includes(key)) continue;
    const near = known.find((one) => isNear(one.toLowerCase(), key.toLowerCase()));
    const remedy = near === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${near}?`;
    throw new UsageError('unknown-key', where(key), `no such key; ${remedy}`);
  }
}

/** An object's members, from its text. A repeated key is refused: JSON.parse would ignore all but the last. */
function membersOnce(json: string, where: (key: string) => string): readonly JsonMember[] {
  const members = readMembers(json) ?? [];
  const twice = findRepeated(members);
  if (twice !== undefined) {
    throw new UsageError('repeated', where(twice.key), `expected once, got it twice; leave one out`);
  }
  return members;
}

function readText(object: JsonObject, key: string, file: string): string | null {
  const value = object[key];
  if (value === undefined) return null;
  if (typeof value !== 'string')
    throw new UsageError('file-format', `${file}: ${key}`, `expected text, got ${kindOf(value)}`);
  return value;
}

/** @param where what holds it, in messages @param otherwise where it is absent */
function readDirection(holder: JsonObject, direction: 'down' | 'up', where: string, otherwise: Knobs): Knobs {
  if (holder[direction] === undefined) return otherwise;
  const object = readObject(holder[direction], `${where}: ${direction}`);
  const nameOf = (key: string): string => `${where}: ${direction}.${key}`;
  const types = new Map(KNOBS.map((knob) => [knob.name, typeOf(knob)]));
  checkKeys(object, [...types.keys()], nameOf);
  for (const [key, value] of Object.entries(object)) {
    const expected = types.get(key) as 'boolean' | 'string';
    if (typeof value !== expected) {
      const wanted = expected === 'boolean' ? 'true or false' : 'text in quotes';
      const remedy = typeof value === 'number' && expected === 'string' ? `; write "${value}"` : '';
      throw new UsageError('file-format', nameOf(key), `expected ${wanted}, got ${kindOf(value)}${remedy}`);
    }
  }
  const knobs = object as Knobs;
  // Read here, so that a bad value is reported with its file; the caller may still override knobs by flags.
  readKnobs(
    withTraceText(knobs, () => ANY_TRACE),
    nameOf,
  );
  return knobs;
}

const phaseName = (file: string, number: number): string => `${file}: phase ${number}`;

/** All phases, the first at 0; undefined for a file without. */
function readPhases(scenario: JsonObject, file: string): readonly ScenarioPhase[] | undefined {
  const { phases } = scenario;
  if (phases === undefined) return undefined;
  const beside = ['down', 'up'].find((key) => scenario[key] !== undefined);
  if (beside !== undefined) {
    throw new UsageError(
      'conflict',
      `${file}: ${beside}`,
      'expected none beside phases, which say what applies when; write it into the phase at 0s',
    );
  }
  if (!Array.isArray(phases) || phases.length === 0 || phases.length > MAX_PHASES) {
    const got = Array.isArray(phases) ? `a list of ${phases.length}` : kindOf(phases);
    throw new UsageError(
      'file-format',
      `${file}: phases`,
      `expected a list of 1 to ${MAX_PHASES} phases, got ${got}`,
    );
  }
  const read: ScenarioPhase[] = [];
  for (const [k, one] of phases.entries()) {
    const where = phaseName(file, k + 1);
    const phase = readObject(one, where);
    checkKeys(phase, ['at', 'down', 'up'], (key) => `${where}: ${key}`);
    const at = readText(phase, 'at', where);
    if (at === null)
      throw new UsageError('missing', `${where}: at`, 'expected when it begins, such as 10s, got none');
    const atNs = readDurationNs(at, `${where}: at`);
    const before = read.at(-1);
    if (before === undefined && atNs !== 0)
      throw new UsageError(
        'value-range',
        `${where}: at`,
        `expected 0s for the first phase, got "${at}"; say with a phase at 0s what applies until then`,
      );
    if (before !== undefined && atNs <= before.atNs)
      throw new UsageError(
        'value-range',
        `${where}: at`,
        `expected a time after ${formatDurationNs(before.atNs)}, where the phase before it begins, got "${at}"`,
      );
    read.push({
      atNs,
      down: readDirection(phase, 'down', where, before?.down ?? {}),
      up: readDirection(phase, 'up', where, before?.up ?? {}),
    });
  }
  return read;
}

/** Refuses keys that stand twice in a phase, or in a direction of one. */
function checkPhaseMembers(json: string, file: string): void {
  for (const [k, element] of (readElements(json) ?? []).entries()) {
    const where = phaseName(file, k + 1);
    for (const { key, json: inner } of membersOnce(element, (name) => `${where}: ${name}`))
      if (key === 'down' || key === 'up') membersOnce(inner, (name) => `${where}: ${key}.${name}`);
  }
}

/**
 * Reads a scenario.
 * @param text the file's content
 * @param file its name, for messages
 * @throws UsageError of one line that names the file and the key
 */
export function readScenario(text: string, file: string): Scenario {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
    throw new UsageError('file-format', file, `expected JSON, got something else: ${reason}`, {
      cause: error,
    });
  }
  const scenario = readObject(parsed, file);
  for (const { key, json } of membersOnce(text, (name) => `${file}: ${name}`)) {
    if (key === 'down' || key === 'up') membersOnce(json, (name) => `${file}: ${key}.${name}`);
    if (key === 'phases') checkPhaseMembers(json, file);
  }
  checkKeys(scenario, Object.keys(scenarioSchema.properties), (key) => `${file}: ${key}`);
  readText(scenario, '$schema', file);
  const [first, ...phases] = readPhases(scenario, file) ?? [];
  return {
    name: readText(scenario, 'name', file),
    description: readText(scenario, 'description', file),
    protocol: readText(scenario, 'protocol', file),
    protocolUp: readText(scenario, 'protocolUp', file),
    down: first?.down ?? readDirection(scenario, 'down', file, {}),
    up: first?.up ?? readDirection(scenario, 'up', file, {}),
    phases,
  };
}
