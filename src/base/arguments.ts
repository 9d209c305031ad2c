/**
 * Checks of arguments and options, made when the library is called, so that an invalid one is not found only at the
 * first datagram or by a TypeError.
 *
 * A check throws a UsageError of one line that names the call and the key, what was expected and what was got.
 */
import { UsageError } from './errors.ts';
import type { UsageCode } from './errors.ts';
import { isNear } from './near.ts';

/** @throws UsageError for an invalid value. @param name the value's name in the message */
export type Check = (value: unknown, name: string) => void;

/** A check for every key of a type, so that a new key without a check does not compile. */
export type Checks<T> = { readonly [Key in keyof Required<T>]: Check };

const LONGEST_TEXT = 40;

/** A short value as source text; the kind of any other. */
function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string')
    return JSON.stringify(value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return 'an object';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** @param remedy what to do, if `expected` does not say it */
export function refuseValue(
  name: string,
  expected: string,
  got: unknown,
  remedy = '',
  code: UsageCode = 'value-format',
): never {
  const what = remedy === '' ? '' : `; ${remedy}`;
  throw new UsageError(
    got === undefined ? 'missing' : code,
    name,
    `expected ${expected}, got ${describeValue(got)}${what}`,
  );
}

/** The same where a number is expected: any other number is out of range. */
const refuseNumber = (name: string, expected: string, got: unknown): never =>
  refuseValue(name, expected, got, '', typeof got === 'number' ? 'value-range' : 'value-format');

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nearest = (key: string, known: readonly string[]): string | undefined =>
  known.find((one) => isNear(one.toLowerCase(), key.toLowerCase()));

/** Refuses an unknown key, and suggests a similar one. */
export function refuseUnknownKeys(where: string, given: object, known: readonly string[]): void {
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || known.includes(key)) continue;
    const near = nearest(key, known);
    const remedy = near === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${near}?`;
    throw new UsageError('unknown-key', where, `no such key as ${JSON.stringify(key)}; ${remedy}`);
  }
}

const shaped =
  (checks: Readonly<Record<string, Check>>, mayHaveOthers: boolean): Check =>
  (value, name) => {
    if (!isObject(value)) refuseValue(name, 'an object', value);
    const known = Object.keys(checks);
    const others = Object.entries(value).filter(([key]) => !known.includes(key));
    const suspects = mayHaveOthers ? others.filter(([key]) => nearest(key, known) !== undefined) : others;
    refuseUnknownKeys(name, Object.fromEntries(suspects), known);
    for (const [key, check] of Object.entries(checks)) check(value[key], `${name}: ${key}`);
  };

/** An object with these keys and no others. */
export const shape = (checks: Readonly<Record<string, Check>>): Check => shaped(checks, false);

/** An object with these keys and any others, unless another one looks like a misspelling of these. */
export const having = (checks: Readonly<Record<string, Check>>): Check => shaped(checks, true);

/** Undefined, or valid by the check. */
export const optional =
  (check: Check): Check =>
  (value, name) => {
    if (value !== undefined) check(value, name);
  };

/** Null, undefined, or valid by the check. */
export const nullable =
  (check: Check): Check =>
  (value, name) => {
    if (value !== undefined && value !== null) check(value, name);
  };

/** A list, each entry valid by the check. */
export const list =
  (what: string, check: Check): Check =>
  (value, name) => {
    if (!Array.isArray(value)) refuseValue(name, `a list of ${what}`, value);
    for (const [k, one] of value.entries()) check(one, `${name}: ${k + 1}`);
  };

/** No check here: the value is checked where it is used. */
export const anything: Check = () => undefined;

export const text: Check = (value, name) => {
  if (typeof value !== 'string') refuseValue(name, 'text', value);
};

export const path: Check = (value, name) => {
  if (typeof value !== 'string' || value === '' || value.includes('\0'))
    refuseValue(name, 'the path of a file or folder', value);
};

export const flag: Check = (value, name) => {
  if (typeof value !== 'boolean') refuseValue(name, 'true or false', value);
};

export const oneOf =
  (...choices: readonly string[]): Check =>
  (value, name) => {
    if (!choices.includes(value as string))
      refuseValue(name, choices.join(' or '), value, '', 'unknown-choice');
  };

/** A whole number within bounds; −0 is refused. */
export const whole =
  (min: number, max: number = Number.MAX_SAFE_INTEGER): Check =>
  (value, name) => {
    const isWhole = Number.isSafeInteger(value) && !Object.is(value, -0);
    if (isWhole && (value as number) >= min && (value as number) <= max) return;
    const span = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
    refuseNumber(name, `a whole number ${span}`, value);
  };

/** A finite number of nanoseconds, 0 or more. */
export const timeNs: Check = (value, name) => {
  if (!(Number.isFinite(value) && (value as number) >= 0 && !Object.is(value, -0)))
    refuseNumber(name, 'nanoseconds, 0 or more', value);
};

/** The same, above 0. */
export const positiveTimeNs: Check = (value, name) => {
  if (!(Number.isFinite(value) && (value as number) > 0)) refuseNumber(name, 'nanoseconds, above 0', value);
};

/** Nanoseconds above 0, Infinity for ever. */
export const waitNs: Check = (value, name) => {
  if (value !== Number.POSITIVE_INFINITY) positiveTimeNs(value, name);
};

/** A speed: 1 is as planned, 0 is flat out. */
export const speed: Check = (value, name) => {
  if (!(Number.isFinite(value) && (value as number) >= 0 && !Object.is(value, -0)))
    refuseNumber(name, 'a speed of 0 (flat out) or more', value);
};

export const positiveSpeed: Check = (value, name) => {
  if (!(Number.isFinite(value) && (value as number) > 0)) refuseNumber(name, 'a speed above 0', value);
};

export const bytes: Check = (value, name) => {
  if (!(value instanceof Uint8Array)) refuseValue(name, 'bytes, a Uint8Array', value);
};

export const listOf =
  (min: number, what: string, check: Check): Check =>
  (value, name) => {
    if (!Array.isArray(value) || value.length < min) {
      refuseValue(name, min === 0 ? `a list of ${what}` : `a list of ${what}, ${min} or more`, value);
    }
    for (const [k, one] of value.entries()) check(one, `${name}[${k}]`);
  };

export const port = whole(0, 65_535);

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const IPV6 = /^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*(?:%[\w.-]+)?$/i;

/** A numeric address; host names are not resolved. */
export const address: Check = (value, name) => {
  if (typeof value === 'string' && (IPV4.test(value) || IPV6.test(value))) return;
  refuseValue(
    name,
    'a numeric address, such as 127.0.0.1 or ::1',
    value,
    'look a name up first (node:dns), and leave brackets out',
  );
};

/** A peer to send to. */
export const peer: Check = shape({ address, port: whole(1, 65_535) });

export const method = (owner: string, methodName: string): Check => {
  return (value, name) => {
    const isIt =
      typeof value === 'object' &&
      value !== null &&
      typeof (value as Record<string, unknown>)[methodName] === 'function';
    if (!isIt) refuseValue(name, owner, value);
  };
};

export const clock = method('a clock, such as new MonotonicClock()', 'nowNs');
export const network = method('a network, such as new SimulatedNetwork()', 'host');
export const log = method('a log, such as NO_LOG', 'line');
export const source = method('a stream, such as new MatchSource(…)', 'append');
export const progress = method('a progress, such as NO_PROGRESS', 'begin');
export const watch = method('a watch of a session', 'begin');
export const signal = method('an AbortSignal', 'addEventListener');

export const callback: Check = (value, name) => {
  if (typeof value !== 'function') refuseValue(name, 'a function', value);
};

export const transport = oneOf('auto', 'node', 'linux');
export const pacing = oneOf('sleep', 'hybrid', 'busy');
