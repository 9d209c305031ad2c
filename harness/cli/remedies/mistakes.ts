/**
 * The likeliest mistakes in command lines, and what was probably meant.
 *
 * It gets the words and the options of the command, and returns what to type.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { scenarioRemedy } from './scenarioWord.ts';
import { formatDurationNs, spellUnit } from '../../../src/base/quantities.ts';
import { foreignMeaning } from '../../impairment/foreignNames.ts';

/** An option of a command. */
export interface KnownOption {
  readonly long: string;
  /** The name of its value in the help, such as `ratio`; null without a value. */
  readonly takes: string | null;
  /** Whether it may be given several times. */
  readonly isRepeatable?: boolean;
}

export interface KnownCommand {
  /** As it is typed: `proxy` or `scenario show`. */
  readonly name: string;
  readonly options: readonly KnownOption[];
  /** Number of operands that it takes. */
  readonly operands: number;
}

/** An option that this command lacks, without a known meaning. */
export interface UnknownOption {
  readonly flag: string;
  readonly value: string | undefined;
}

/** What is told ends in what to type. */
export type Mistake = UsageError | UnknownOption;

/** Units that a shell has split from their number. */
const UNIT =
  /^(?:%|pct|percent|[nuµm]?s|[num]?secs?|seconds?|min|minutes?|h|hours?|[kmg]?bit|[kmg]bps|[kmg]?b|bytes?|datagrams|packets)$/i;
const NUMBER = /^\d+(?:[.,]\d+)?$/;

/** Kinds of numbers that have no unit. */
const PLAIN = /^(?:n|bytes|datagrams|factor|span|indices)$/;

/** `5` and `%`: the option with both as one word. */
function joined({ long, takes }: KnownOption, number: string, unit: string): Mistake {
  if (takes !== null && PLAIN.test(takes))
    return new UsageError(
      'value-format',
      long,
      `expected a plain number, got "${number} ${unit}"; say ${long} ${number}`,
    );
  const whole = `${number}${spellUnit(unit)}`;
  const ratio = unit === '%' ? ` (or ${long} ${Number((Number(number) / 100).toPrecision(12))})` : '';
  return new UsageError(
    'value-format',
    long,
    `expected its value as one word, got "${number}" and "${unit}"; ` +
      `say ${long} ${whole}, without a space${ratio}`,
  );
}

const HELP_AND_VERSION = ['-h', '--help', '-V', '--version'];

/**
 * The first mistake in the words after a command's name; null if none is known.
 * @param words up to `--`, which ends the options
 */
export function findMistake(command: KnownCommand, words: readonly string[]): Mistake | null {
  const has = (long: string): boolean => command.options.some((option) => option.long === long);
  const operands: string[] = [];
  const values = new Map<string, string>();
  const all = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  for (let k = 0; k < all.length; k += 1) {
    const word = all[k] as string;
    if (!/^-\D/.test(word)) {
      operands.push(word);
      continue;
    }
    const [flag = '', inline] = splitFlag(word);
    const option = command.options.find(({ long }) => long === flag);
    if (option === undefined) {
      if (HELP_AND_VERSION.includes(flag)) return null;
      const next = all[k + 1];
      return unknownOption(command, flag, inline ?? (next?.startsWith('-') === true ? undefined : next));
    }
    if (option.takes === null) continue;
    if (inline === undefined) k += 1;
    const value = inline ?? all[k];
    if (value === undefined)
      return new UsageError('missing', flag, `expected ${flag} <${option.takes}>, got nothing after it`);
    if (inline === undefined && has(value.split('=')[0] as string))
      return new UsageError(
        'missing',
        flag,
        `expected ${flag} <${option.takes}>, got the option ${value} after it`,
      );
    const before = values.get(flag);
    if (before !== undefined && option.isRepeatable !== true)
      return new UsageError(
        'repeated',
        flag,
        `expected it once, got "${before}" and "${value}"; leave one out`,
      );
    values.set(flag, value);
    const next = all[k + 1];
    if (next !== undefined && NUMBER.test(value) && UNIT.test(next)) return joined(option, value, next);
    if (next !== undefined && isHostAlone(option, value) && isPort(next))
      return new UsageError(
        'value-format',
        flag,
        `expected its value as one word, got "${value}" and "${next}"; say ${flag} ${value}:${next}`,
      );
  }
  return tooMany(command, operands);
}

/** Whether the port is the next word. */
const isHostAlone = ({ takes }: KnownOption, value: string): boolean =>
  takes?.startsWith('host') === true && !isPort(value) && !/:\d+$/.test(value);

const isPort = (word: string): boolean => /^\d{1,5}$/.test(word) && Number(word) <= 65_535;

/** `--drop=5%` as option and value. */
const splitFlag = (word: string): readonly [string, string | undefined] => {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
};

function unknownOption({ options }: KnownCommand, flag: string, value: string | undefined): Mistake {
  const has = (long: string): boolean => options.some((option) => option.long === long);
  const meant = (remedy: string): Mistake =>
    new UsageError('unknown-option', null, `unknown option '${flag}'; ${remedy}`);
  if (/^--?(?:udp|u)$/.test(flag)) return meant('everything here is UDP: leave it out');
  if (/^--?(?:v|vv|verbose|debug)$/.test(flag)) {
    return meant(
      `${has('--log-level') ? '--log-level debug logs every datagram, ' : ''}-V prints the version`,
    );
  }
  const long = foreignMeaning(flag, has);
  if (long === null) return { flag, value };
  // The server has separate options for host and port.
  const both = long === '--host' ? /^(.*):(\d{1,5})$/.exec(value ?? '') : null;
  if (both !== null && has('--port')) return meant(`did you mean --host ${both[1]} --port ${both[2]}?`);
  const takes = options.find((option) => option.long === long)?.takes ?? null;
  const words = takes === null ? long : `${long} ${valueFor(takes, flag, value) ?? `<${takes}>`}`;
  return meant(`did you mean ${words}?`);
}

/** Other tools' names for durations in seconds, and for a rate of messages. */
const IN_SECONDS = /^--?(?:t|w|time|duration|seconds|timeout|wait)$/;
const PER_SECOND = /^--?(?:pps|fps|freq|frequency|hz)$/;

/** The value of another tool's option, written as ours takes it; null if unknown. */
export function valueFor(takes: string, flag: string, value: string | undefined): string | null {
  if (value === undefined || /[\s'"]/.test(value)) return null;
  const isNumber = NUMBER.test(value);
  switch (takes) {
    case 'ratio':
      if (isNumber) return Number(value) < 1 ? value : `${value}%`;
      return /^\d+(?:\.\d+)?%$/.test(value) ? value : null;
    case 'time':
    case 'duration':
      if (isNumber && PER_SECOND.test(flag))
        return Number(value) > 0 ? formatDurationNs(1e9 / Number(value)) : null;
      if (isNumber) return value === '0' ? value : `${value}${IN_SECONDS.test(flag) ? 's' : 'ms'}`;
      return spelt(value);
    case 'rate':
      return isNumber ? null : spelt(value);
    case 'n':
    case 'bytes':
    case 'datagrams':
      return /^\d+$/.test(value) ? value : null;
    case 'list':
    case 'which':
    case 'how':
      return null;
    default:
      return value;
  }
}

/** A number with its unit, in our units; null for anything else. */
function spelt(value: string): string | null {
  const match = /^(\d+(?:\.\d+)?)([a-zµ/]+)$/i.exec(value);
  return match === null ? null : `${match[1]}${spellUnit(match[2] as string)}`;
}

/** Operands that the command does not take. */
function tooMany({ name, operands: most }: KnownCommand, operands: readonly string[]): Mistake | null {
  if (operands.length <= most) return null;
  const [first = '', second = ''] = operands;
  if (name === 'client' && isPort(second))
    return new UsageError(
      'unexpected-word',
      'client',
      `expected HOST:PORT, got "${first}" and "${second}"; say client ${first}:${second}`,
    );
  if (name === 'proxy' && operands.length === 4 && isPort(second) && isPort(operands[3] ?? '')) {
    return new UsageError(
      'unexpected-word',
      'proxy',
      `expected LISTEN and UPSTREAM, each as HOST:PORT, got four words; ` +
        `say proxy ${first}:${second} ${operands[2]}:${operands[3]}`,
    );
  }
  if (name === 'proxy' && !isPort(second)) {
    const behind = operands.slice(most).join(' ');
    return new UsageError(
      'unexpected-word',
      'proxy',
      `expected LISTEN and UPSTREAM, got "${behind}" as well; ` +
        `a command to run behind the proxy stands behind --: say proxy ${first} ${second} -- ${behind}`,
    );
  }
  if (name === 'scenario') {
    return new UsageError(
      'unexpected-word',
      'scenario',
      `expected show NAME or list, got "${first}"; ${scenarioRemedy(first)}`,
    );
  }
  if (name === 'server') {
    const endpoint = /^(?:(.+):)?(\d{1,5})$/.exec(first);
    if (endpoint !== null) {
      const host = endpoint[1] === undefined || endpoint[1] === '' ? '' : `--host ${endpoint[1]} `;
      return new UsageError(
        'unexpected-word',
        'server',
        `expected options alone, got "${first}"; say server ${host}--port ${endpoint[2]}`,
      );
    }
  }
  if (name === 'record')
    return new UsageError(
      'unexpected-word',
      'record',
      `expected options alone, got "${first}"; say record --out ${first}`,
    );
  if (most === 0) {
    return new UsageError(
      'unexpected-word',
      name,
      `expected options alone, got "${first}"; an option's name begins with two dashes; or leave it out`,
    );
  }
  return new UsageError(
    'unexpected-word',
    name,
    `expected ${most === 1 ? 'one word' : `${most} words`} besides its options, got ${operands.length}: ` +
      `${operands.join(' ')}; put quotes around what is one, or leave ${operands.at(-1)} out`,
  );
}
