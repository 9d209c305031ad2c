/**
 * The types of toxics: what each does to datagrams, as knobs, or to a flow, as an act after a time.
 *
 * toxiproxy's types act on streams of bytes; here stands what they mean for datagrams. Every knob is a type as well: its attributes
 * are that knob, and any others that are to act on the same flows.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { isNear } from '../../../src/base/near.ts';
import { KNOBS, readKnobs } from '../../impairment/knobs.ts';
import type { Knob, Knobs } from '../../impairment/knobs.ts';
import { STAGES } from '../../impairment/stages/allStages.ts';
import type { Stage } from '../../impairment/stages/stage.ts';
import { ApiError, badBody, fieldOf, refuseOtherKeys } from '../apiError.ts';
import type { Body } from '../apiError.ts';

/** What becomes of a flow itself, so long after it has the toxic. */
export interface FlowAct {
  readonly kind: 'close' | 'rebind';
  readonly afterMs: number;
}

/** What attributes mean. */
export interface ToxicMeaning {
  /** All of the type's attributes, with defaults for those that were not given. */
  readonly attributes: Body;
  readonly knobs: Knobs;
  readonly act: FlowAct | null;
}

/** Everything from the first datagram on, longer than anybody waits. */
const LOSES_ALL: Knobs = { outage: '0s..9000000s' };

const MAX_MS = 100 * 24 * 3600 * 1000;
/** `bandwidth` counts kilobytes of 1000 bytes. */
const KBIT_PER_RATE = 8;
const MAX_RATE = 125_000_000;
const MAX_BYTES = 2 ** 50;

/** A whole number of the attributes; 0 if it is not given, as in toxiproxy. */
function wholeOf(attributes: Body, name: string, max: number, min = 0): number {
  const value = fieldOf(attributes, name) ?? 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw badBody(
    `attributes.${name}: expected a whole number from ${min} to ${max}, got ${JSON.stringify(value).slice(0, 40)}`,
  );
}

type Reader = (attributes: Body) => ToxicMeaning;

const TOXIPROXY: Readonly<Record<string, Reader>> = {
  latency: (given) => {
    refuseOtherKeys('attributes', given, ['latency', 'jitter']);
    const attributes = {
      latency: wholeOf(given, 'latency', MAX_MS),
      jitter: wholeOf(given, 'jitter', MAX_MS),
    };
    const { latency, jitter } = attributes;
    return {
      attributes,
      knobs: { delay: `${latency}ms`, jitter: `${jitter}ms`, keepOrder: true },
      act: null,
    };
  },
  bandwidth: (given) => {
    refuseOtherKeys('attributes', given, ['rate', 'queue']);
    const rate = wholeOf(given, 'rate', MAX_RATE, 1);
    const queue = fieldOf(given, 'queue');
    const knobs: Knobs = {
      rate: `${rate * KBIT_PER_RATE}kbit`,
      ...(queue !== undefined && {
        queue: typeof queue === 'string' ? queue : String(wholeOf(given, 'queue', 1e6)),
      }),
    };
    return { attributes: { rate, ...(queue !== undefined && { queue }) }, knobs, act: null };
  },
  timeout: (given) => {
    refuseOtherKeys('attributes', given, ['timeout']);
    const timeout = wholeOf(given, 'timeout', MAX_MS);
    // 0 closes nothing, as in toxiproxy.
    const act: FlowAct | null = timeout === 0 ? null : { kind: 'close', afterMs: timeout };
    return { attributes: { timeout }, knobs: LOSES_ALL, act };
  },
  limit_data: (given) => {
    refuseOtherKeys('attributes', given, ['bytes']);
    const bytes = wholeOf(given, 'bytes', MAX_BYTES);
    return { attributes: { bytes }, knobs: { dropAfter: `${bytes}B` }, act: null };
  },
  reset_peer: (given) => {
    refuseOtherKeys('attributes', given, ['timeout']);
    const timeout = wholeOf(given, 'timeout', MAX_MS);
    return { attributes: { timeout }, knobs: {}, act: { kind: 'rebind', afterMs: timeout } };
  },
};

/** Types of toxiproxy that have no meaning for datagrams, with why. */
const MEANINGLESS: Readonly<Record<string, string>> = {
  slicer:
    'slicer cuts a stream of bytes into parts, and a datagram that was cut would be another one; use mtu, reorder or delay',
  slow_close:
    'slow_close delays the end of a connection, and UDP has none; use timeout, or disable the proxy',
  shared: '--shared holds as long as the proxy runs; start it with it',
  rebind:
    '--rebind has times of a whole flow, from its beginning; start the proxy with it, or use reset_peer',
  noop: 'noop does nothing; leave it out',
};

/** Knobs that no change of a proxy that runs can set. */
const FROM_THE_START = ['shared', 'rebind'];

const isKnob = (type: string): boolean => KNOBS.some(({ name }) => name === type);

/** A knob as a type: knobs by their names, as on the command line. */
function readKnobType(type: string, given: Body): ToxicMeaning {
  const attributes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  if (attributes[type] === undefined) {
    const { flags } = KNOBS.find(({ name }) => name === type) as Knob;
    throw new UsageError('missing', `attributes.${type}`, `expected a value, as in ${flags}, got none`);
  }
  for (const name of FROM_THE_START)
    if (attributes[name] !== undefined) throw new ApiError(400, `invalid toxic type: ${MEANINGLESS[name]}`);
  return { attributes, knobs: attributes as Knobs, act: null };
}

/** @throws ApiError for a type that there is not */
export function checkType(type: string): void {
  const reason = Object.hasOwn(MEANINGLESS, type) ? MEANINGLESS[type] : undefined;
  if (reason !== undefined) throw new ApiError(400, `invalid toxic type: ${reason}`);
  if (Object.hasOwn(TOXIPROXY, type) || isKnob(type)) return;
  const meant = [...Object.keys(TOXIPROXY), ...KNOBS.map(({ name }) => name)].find((one) =>
    isNear(one.toLowerCase(), type.toLowerCase()),
  );
  throw new ApiError(400, `invalid toxic type${meant === undefined ? '' : `: did you mean ${meant}?`}`);
}

/** What a toxic of a type that there is does. @throws ApiError or UsageError for attributes that it has not */
export function meaningOf(type: string, attributes: Body): ToxicMeaning {
  const read = Object.hasOwn(TOXIPROXY, type) ? TOXIPROXY[type] : undefined;
  const meaning = read === undefined ? readKnobType(type, attributes) : read(attributes);
  readKnobs(
    meaning.knobs,
    (name) => (isKnob(type) ? `attributes.${name}` : `attributes: ${name}`),
    'attributes',
  );
  return meaning;
}

/** Stages whose knobs are set by these. */
export const stagesOf = (knobs: Knobs): Stage[] =>
  STAGES.filter((stage) => stage.knobs.some(({ name }) => knobs[name] !== undefined));

/** Delays add up; anything else of a stage may be set once. */
export const addsUp = ({ off }: Stage): boolean => 'delay' in off;
