/**
 * How options are declared: how commander registers them, and which values commands get. A command's options are a table
 * of declarations; the type of its values follows from the table.
 */
import { Option } from 'commander';
import type { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import type { UsageCode } from '../../src/base/errors.ts';
import {
  formatDurationNs,
  formatHostPort,
  formatSizeBytes,
  readDurationNs,
  readHostPort,
  readInteger,
  readPositiveDurationNs,
  readSizeBytes,
} from '../../src/base/quantities.ts';
import type { HostPort } from '../../src/base/quantities.ts';

/** An option with values of type `Value`; undefined if it may be left out and has no default. */
export interface Declared<Value> {
  readonly make: () => Option;
  /** Carries the type only: never set. */
  readonly value?: Value;
}

type Table = Readonly<Record<string, Declared<unknown>>>;
type ValueOf<One> = One extends Declared<infer Given> ? Given : never;
type MayLack<Options extends Table> = {
  [Key in keyof Options]: undefined extends ValueOf<Options[Key]> ? Key : never;
}[keyof Options];

/** The values that commander gives for a table of options. */
export type ValuesOf<Options extends Table> = {
  readonly [Key in Exclude<keyof Options, MayLack<Options>>]: ValueOf<Options[Key]>;
} & { readonly [Key in MayLack<Options>]?: Exclude<ValueOf<Options[Key]>, undefined> };

/** Adds a table's options, in the order of the table, which is that of `--help`. */
export function addOptions(command: Command, table: Table): Command {
  for (const [key, { make }] of Object.entries(table)) {
    const option = make();
    if (option.attributeName() !== key && !option.negate)
      throw new Error(`the option ${option.flags} is declared as ${key}`);
    command.addOption(option);
  }
  return command;
}

/** An option that may be given several times. */
export class RepeatableOption extends Option {}

const declare = <Value>(
  flags: string,
  description: string,
  fill: (option: Option, name: string) => Option = (option) => option,
): Declared<Value> => ({
  make: () => {
    const option = new Option(flags, description);
    return fill(option, option.long as string);
  },
});

const withDefault = (option: Option, value: unknown, shown?: string): Option =>
  value === undefined ? option : option.default(value, shown);

/** An option without a value, off by default. */
export const flag = (flags: string, description: string, fallback = false): Declared<boolean> =>
  declare(flags, description, (option) => option.default(fallback));

/** The same, without a default in the help. */
export const plainFlag = (flags: string, description: string): Declared<true | undefined> =>
  declare(flags, description);

/** A negated option (`--no-…`): true unless it is given. */
export const opposite = (flags: string, description: string): Declared<boolean> =>
  declare(flags, description);

export const text = <Fallback extends string | undefined = undefined>(
  flags: string,
  description: string,
  fallback?: Fallback,
): Declared<string | Fallback> => declare(flags, description, (option) => withDefault(option, fallback));

export const requiredText = (flags: string, description: string): Declared<string> =>
  declare(flags, description, (option) => option.makeOptionMandatory());

/** An option whose value is read by a function. @param shown the default as a user would write it */
export const read = <Given, Fallback extends Given | undefined = undefined>(
  flags: string,
  description: string,
  reader: (text: string, name: string) => Given,
  fallback?: Fallback,
  shown?: string,
): Declared<Given | Fallback> =>
  declare(flags, description, (option, name) =>
    withDefault(
      option.argParser((given: string) => reader(given, name)),
      fallback,
      shown,
    ),
  );

/** An option with a fixed set of words. */
export const choice = <Choice extends string, Fallback extends Choice | undefined = undefined>(
  flags: string,
  description: string,
  choices: readonly Choice[],
  fallback?: Fallback,
): Declared<Choice | Fallback> =>
  declare(flags, description, (option) => withDefault(option.choices(choices), fallback));

export const whole = <Fallback extends number | undefined = undefined>(
  flags: string,
  description: string,
  min: number,
  max: number,
  fallback?: Fallback,
): Declared<number | Fallback> =>
  read<number, Fallback>(flags, description, (given, name) => readInteger(given, name, min, max), fallback);

/** A duration, nanoseconds, 0 or more unless its reader says otherwise. */
export const time = <Fallback extends number | undefined = undefined>(
  flags: string,
  description: string,
  fallbackNs?: Fallback,
  reader: (text: string, name: string) => number = readDurationNs,
): Declared<number | Fallback> =>
  read<number, Fallback>(
    flags,
    description,
    reader,
    fallbackNs,
    fallbackNs === undefined ? undefined : formatDurationNs(fallbackNs),
  );

/** The same for a duration above 0. */
export const positiveTime = <Fallback extends number | undefined = undefined>(
  flags: string,
  description: string,
  fallbackNs?: Fallback,
): Declared<number | Fallback> => time(flags, description, fallbackNs, readPositiveDurationNs);

/** The largest size in memory that an option takes. */
const MAX_SIZE_BYTES = 2 ** 40;

/** A size in memory, bytes. */
export const size = (
  flags: string,
  description: string,
  minBytes: number,
  fallbackBytes: number,
): Declared<number> =>
  read<number, number>(
    flags,
    description,
    (given, name) => readSizeBytes(given, name, minBytes, MAX_SIZE_BYTES),
    fallbackBytes,
    formatSizeBytes(fallbackBytes),
  );

/** A host and a port. @param defaultPort the port if only a host is given; without it, the port is required */
export const hostPort = (
  flags: string,
  description: string,
  fallback: HostPort,
  defaultPort?: number,
): Declared<HostPort> =>
  read<HostPort, HostPort>(
    flags,
    description,
    (given, name) => readHostPort(given, name, defaultPort),
    fallback,
    formatHostPort(fallback.host, fallback.port),
  );

/** An option that may be given several times; its values in that order. */
export const several = <Given>(
  flags: string,
  description: string,
  reader: (text: string, name: string) => Given,
): Declared<readonly Given[] | undefined> => ({
  make: () => {
    const option = new RepeatableOption(flags, description);
    return option.argParser((given: string, before: readonly Given[] = []) => [
      ...before,
      reader(given, option.long as string),
    ]);
  },
});

/**
 * The host and port given as an operand, or by the option that it replaces.
 * @param word the operand as the user wrote it; undefined if there is none
 * @throws UsageError if both are given
 */
export function endpointOf(
  command: Command,
  name: string,
  word: string | undefined,
  defaultPort?: number,
): HostPort {
  const { host, port } = command.getOptionValue(name.slice(2)) as HostPort;
  if (word === undefined) return { host, port };
  if (givenOptions(command, [name]).length === 0) return readHostPort(word, name, defaultPort);
  throw new UsageError(
    'repeated',
    name,
    `expected it once, got "${word}" and ${name} ${formatHostPort(host, port)}; leave one out`,
  );
}

/**
 * Those of the given options that the user wrote, as they are written (`--no-control`); defaults do not count.
 * @param names option names as in `--help`, without their values
 */
export function givenOptions(command: Command, names: readonly string[]): string[] {
  return names.filter((name) => {
    const option = command.options.find(({ long }) => long === name);
    const key = option?.attributeName() ?? '';
    // An option and its negation share a value; only one of them was written.
    return (
      command.getOptionValueSource(key) === 'cli' &&
      (command.getOptionValue(key) === false) === option?.negate
    );
  });
}

/** Refuses an option that contradicts another, or lacks another. @throws UsageError */
export function refuse(
  option: string,
  expected: string,
  got: string,
  remedy: string,
  code: Extract<UsageCode, 'conflict' | 'missing'> = 'conflict',
): never {
  throw new UsageError(code, option, `expected ${expected}, got ${got}; ${remedy}`);
}

/**
 * Refuses options that have no effect beside another.
 * @param beside the other option, as it is written
 * @param lacking option → why it would be ignored
 * @throws UsageError for the first of them
 */
export function refuseBeside(
  command: Command,
  beside: string,
  lacking: Readonly<Record<string, string>>,
): void {
  const [name] = givenOptions(command, Object.keys(lacking));
  if (name !== undefined) refuse(name, `no ${beside} beside it`, 'both', `${lacking[name]}; leave it out`);
}
