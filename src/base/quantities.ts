/**
 * Quantities as a user writes them (`500ms`, `5%`, `10mbit`, `64kB`, `1..3`), read and written.
 *
 * Every reader takes the name of the option for its message, and throws UsageError with what was expected, what was
 * got, and a valid example. Results are plain numbers with the unit in the name.
 */
import { UsageError } from './errors.ts';
import type { UsageCode } from './errors.ts';

const NS_PER_UNIT: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  min: 60e9,
  h: 3600e9,
};
const BITS_PER_UNIT: Record<string, number> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };

const saying =
  (code: UsageCode) =>
  (option: string, expected: string, got: string, meant: string | null = null): UsageError =>
    new UsageError(
      code,
      option,
      `expected ${expected}, got "${got}"${meant === null ? '' : `; did you mean ${meant}?`}`,
    );

/** The error for a text that cannot be read; the last argument is a guess at what the user meant. */
const complain = saying('value-format');
/** The error for a well-formed value that is out of bounds. */
const outOfRange = saying('value-range');

/** A number without a unit, with the likely unit added; null for anything else. */
const withUnit = (text: string, unit: string): string | null =>
  /^\d+(?:\.\d+)?$/.test(text.trim()) ? `${text.trim()}${unit}` : null;

const DURATION = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|min|m|h)$/;
const RATE = /^(\d+(?:\.\d+)?)(bit|kbit|mbit|gbit)$/;
const RATIO = /^(\d+(?:\.\d+)?(?:e-?\d+)?)(%?)$/i;

/** Alternative spellings of units → our spelling. */
const OTHER_UNITS: Readonly<Record<string, string>> = {
  pct: '%',
  percent: '%',
  nsec: 'ns',
  usec: 'us',
  μs: 'us',
  msec: 'ms',
  msecs: 'ms',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  mins: 'min',
  minute: 'min',
  minutes: 'min',
  hr: 'h',
  hour: 'h',
  hours: 'h',
  bps: 'bit',
  'bit/s': 'bit',
  k: 'kbit',
  kbps: 'kbit',
  'kbit/s': 'kbit',
  mb: 'mbit',
  mbps: 'mbit',
  'mbit/s': 'mbit',
  gb: 'gbit',
  gbps: 'gbit',
  'gbit/s': 'gbit',
};

/** Our spelling of a unit; an unknown unit in lower case. */
export const spellUnit = (unit: string): string => OTHER_UNITS[unit.toLowerCase()] ?? unit.toLowerCase();

/**
 * The likely intended quantity: without spaces, with a decimal point, in our units; null if that is no valid quantity
 * either.
 */
function respelled(text: string, shape: RegExp): string | null {
  const match = /^(\d*(?:[.,]\d+)?)\s*(\D*)$/.exec(text.trim());
  if (match === null || match[1] === '') return null;
  const number = (match[1] as string).replace(',', '.').replace(/^\./, '0.');
  const meant = `${number}${spellUnit((match[2] as string).trim())}`;
  return meant !== text.trim() && shape.test(meant) ? meant : null;
}

/** A span of time, `10ms`, `1us`, `1.5s`, `0`. Nanoseconds, 0 or more. */
export function readDurationNs(text: string, option: string): number {
  const expected = 'a duration such as 10ms, 100us or 1s';
  const match = DURATION.exec(text.trim());
  if (match === null) {
    if (/^0+(\.0+)?$/.test(text.trim())) return 0;
    throw complain(option, expected, text, withUnit(text, 'ms') ?? respelled(text, DURATION));
  }
  const valueNs = Math.round(Number(match[1]) * (NS_PER_UNIT[match[2] as string] as number));
  if (!Number.isSafeInteger(valueNs)) throw outOfRange(option, `${expected}, at most 100 days`, text);
  return valueNs;
}

/** A duration that is not zero. Nanoseconds. */
export function readPositiveDurationNs(text: string, option: string): number {
  const valueNs = readDurationNs(text, option);
  if (valueNs === 0) throw outOfRange(option, 'a duration above zero, such as 10ms', text);
  return valueNs;
}

/** A time between messages. 0 is flat out; otherwise at least 1 us, because no timer is finer. Nanoseconds. */
export function readIntervalNs(text: string, option: string): number {
  const valueNs = readDurationNs(text, option);
  if (valueNs > 0 && valueNs < 1e3)
    throw outOfRange(option, '1us or more, or 0 for as fast as it goes', text);
  return valueNs;
}

/** A probability or share, `5%` or `0.05`. Ratio, 0 to 1. */
export function readRatio(text: string, option: string): number {
  const match = RATIO.exec(text.trim());
  const ratio = match === null ? Number.NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1);
  if (!(ratio >= 0 && ratio <= 1)) {
    const meant = ratio <= 100 ? withUnit(text, '%') : respelled(text, RATIO);
    throw (match === null ? complain : outOfRange)(
      option,
      'a ratio from 0% to 100%, such as 5% or 0.05',
      text,
      meant,
    );
  }
  return ratio;
}

/** A whole number within bounds. */
export function readInteger(text: string, option: string, min: number, max: number): number {
  const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw (Number.isNaN(value) ? complain : outOfRange)(option, `a whole number from ${min} to ${max}`, text);
  // Turns −0 into 0.
  return value === 0 ? 0 : value;
}

/** A whole number or a range, `2` or `1..3`. */
export function readSpan(text: string, option: string, min: number, max: number): [number, number] {
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text.trim());
  const low = match === null ? Number.NaN : Number(match[1]);
  const high = match?.[2] === undefined ? low : Number(match[2]);
  if (!(low >= min && high >= low && high <= max)) {
    throw (match === null ? complain : outOfRange)(
      option,
      `a whole number or a rising span from ${min} to ${max}, such as 2 or 1..3`,
      text,
    );
  }
  return [low, high];
}

/** A bit rate, `10mbit`, `64kbit`, `1gbit`. Bits a second, above 0. */
export function readRateBps(text: string, option: string): number {
  const match = RATE.exec(text.trim());
  const rateBps = match === null ? 0 : Number(match[1]) * (BITS_PER_UNIT[match[2] as string] as number);
  if (!(rateBps > 0 && rateBps <= 1e12)) {
    const meant = Number(text) > 0 ? withUnit(text, 'mbit') : respelled(text, RATE);
    throw (match === null ? complain : outOfRange)(option, 'a rate such as 10mbit or 64kbit', text, meant);
  }
  return rateBps;
}

const BYTES_PER_UNIT: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
const SIZE = /^(\d+(?:\.\d+)?)(B|kB|MB|GB|KiB|MiB|GiB|TiB)$/;

/** A size in memory, `64kB`, `256MiB`. Whole bytes within bounds. */
export function readSizeBytes(text: string, option: string, minBytes: number, maxBytes: number): number {
  const match = SIZE.exec(text.trim());
  const sizeBytes =
    match === null ? 0 : Math.round(Number(match[1]) * (BYTES_PER_UNIT[match[2] as string] as number));
  if (match !== null && sizeBytes >= minBytes && sizeBytes <= maxBytes) return sizeBytes;
  const span = `from ${formatSizeBytes(minBytes)} to ${formatSizeBytes(maxBytes)}`;
  const meant = match === null ? meantSize(text) : null;
  throw (match === null ? complain : outOfRange)(
    option,
    `a size ${span}, such as 64MB or 256MiB`,
    text,
    meant,
  );
}

/** The likely intended size: with a unit, and that in our spelling; null without a guess. */
function meantSize(text: string): string | null {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(i?)b?$/i.exec(text.trim());
  if (match === null) return null;
  const [, number, prefix = '', binary = ''] = match;
  if (prefix === '') return `${number}${text.trim() === number ? 'MiB' : 'B'}`;
  const letter = prefix.toLowerCase() === 'k' && binary === '' ? 'k' : prefix.toUpperCase();
  return `${number}${letter}${binary === '' ? '' : 'i'}B`;
}

/** A size as a user would write it: the largest binary unit that gives a whole number, else bytes. */
export function formatSizeBytes(sizeBytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB']) {
    const bytes = BYTES_PER_UNIT[unit] as number;
    if (sizeBytes % bytes === 0 && sizeBytes > 0) return `${sizeBytes / bytes}${unit}`;
  }
  return `${sizeBytes}B`;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The host of a port without one. */
const LOOPBACK = '127.0.0.1';
const MAX_PORT = 65_535;

/**
 * Host and port, `127.0.0.1:9000`, `localhost:9000`, `[::1]:9000`. A port without a host, `9000` or `:9000`, is on the
 * loopback address.
 * @param defaultPort the port of a host without one; without it a port is required
 */
export function readHostPort(text: string, option: string, defaultPort?: number): HostPort {
  const alone = /^:?(\d+)$/.exec(text.trim());
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^:\s/*]+))(?::(\d{1,5}))?$/.exec(text.trim());
  const port = alone !== null ? Number(alone[1]) : match?.[3] === undefined ? defaultPort : Number(match[3]);
  if ((alone === null && match === null) || port === undefined || port > MAX_PORT) {
    const expected = defaultPort === undefined ? 'HOST:PORT' : 'HOST or HOST:PORT';
    const meant = meantEndpoint(text);
    // In an unbracketed IPv6 address the colon of the port cannot be found.
    const example =
      meant === null && /:.*:/.test(text) ? '[::1]:9000, the address in brackets' : '127.0.0.1:9000';
    const isRead = port !== undefined && port > MAX_PORT;
    throw (isRead ? outOfRange : complain)(option, `${expected}, such as ${example}`, text, meant);
  }
  return { host: alone !== null ? LOOPBACK : ((match?.[1] ?? match?.[2]) as string), port };
}

/** The likely intended `HOST:PORT` of an invalid text; null without a guess. */
function meantEndpoint(text: string): string | null {
  const url = /^[a-z]+:\/\/([^/\s]+)\/?$/i.exec(text.trim());
  if (url !== null) return url[1] as string;
  const parts = /^(\S+)[\s/]+(\d{1,5})$/.exec(text.trim());
  if (parts !== null) return `${parts[1]}:${parts[2]}`;
  const any = /^\*(:\d{1,5})$/.exec(text.trim());
  return any === null ? null : `0.0.0.0${any[1]}`;
}

/** Host and port as a user writes them: an IPv6 address in brackets, so that the last colon is the port's. */
export const formatHostPort = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

const DURATION_STEPS: readonly (readonly [string, number])[] = [
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
  ['ns', 1],
];

/** A duration as a user would write it: the largest unit that gives a whole number, else microseconds. */
export function formatDurationNs(valueNs: number): string {
  if (valueNs === 0) return '0';
  for (const [unit, ns] of DURATION_STEPS) if (valueNs % ns === 0) return `${valueNs / ns}${unit}`;
  return `${valueNs / 1e3}us`;
}

/** A ratio as a percentage, without floating-point noise: 0.05 → `5%`. */
export function formatRatio(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(12))}%`;
}
