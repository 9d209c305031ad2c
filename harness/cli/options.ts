/**
 * Options that several commands share, and the readers of their values.
 *
 * It declares and checks; it does nothing.
 */
import { Option } from 'commander';
import type { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import {
  formatDurationNs,
  formatHostPort,
  readDurationNs,
  readHostPort,
  readInteger,
  readPositiveDurationNs,
} from '../../src/base/quantities.ts';
import type { HostPort } from '../../src/base/quantities.ts';
import { CATCH_UPS } from '../../src/net/pacer.ts';
import { PACINGS } from '../../src/net/driver.ts';

/** Where a server listens when nobody says otherwise. */
export const DEFAULT_PORT = 12_345;

const LOG_LEVELS = ['info', 'debug'] as const;

export const wholeNumber = (name: string, least: number, most: number) => (text: string) =>
  readInteger(text, name, least, most);

export const duration = (name: string) => (text: string) => readDurationNs(text, name);
export const positiveDuration = (name: string) => (text: string) => readPositiveDurationNs(text, name);

/** An option that takes a time, 0 or more. Help shows its default as a user would write it. */
export function durationOption(flags: string, description: string, defaultNs: number): Option {
  const option = new Option(flags, description).default(defaultNs, formatDurationNs(defaultNs));
  return option.argParser(duration(option.long as string));
}

/** The same for a time above 0. */
export function positiveDurationOption(flags: string, description: string, defaultNs: number): Option {
  const option = durationOption(flags, description, defaultNs);
  return option.argParser(positiveDuration(option.long as string));
}

/**
 * An option that takes a host and a port.
 * @param defaultPort the port of a host that is given alone; without it a port must be given
 */
export function hostPortOption(
  flags: string,
  description: string,
  { host, port }: HostPort,
  defaultPort?: number,
): Option {
  const option = new Option(flags, description).default({ host, port }, formatHostPort(host, port));
  return option.argParser((text: string) => readHostPort(text, option.long as string, defaultPort));
}

/**
 * The endpoint that stands as a word of its own, or that of the option whose place it takes.
 * @param word as the user wrote it; undefined where there is none
 * @throws UsageError where both were given
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
    `${name}: expected it once, got "${word}" and ${name} ${formatHostPort(host, port)}; leave one out`,
  );
}

/**
 * Those of some options that the user gave, as they are written (`--no-control`); a default was not given.
 * @param names as `--help` has them, without what they take
 */
export function givenOptions(command: Command, names: readonly string[]): string[] {
  return names.filter((name) => {
    const option = command.options.find(({ long }) => long === name);
    const key = option?.attributeName() ?? '';
    // An option and its opposite share a value; only one of them was written.
    return (
      command.getOptionValueSource(key) === 'cli' &&
      (command.getOptionValue(key) === false) === option?.negate
    );
  });
}

/**
 * Refuses options given beside another that has no use for them.
 * @param beside what they stand beside, as it is written
 * @param lacking option → why nothing would look at it
 * @throws UsageError for the first of them
 */
export function refuseBeside(
  command: Command,
  beside: string,
  lacking: Readonly<Record<string, string>>,
): void {
  const [name] = givenOptions(command, Object.keys(lacking));
  if (name === undefined) return;
  throw new UsageError(`${name}: expected no ${beside} beside it, got both; ${lacking[name]}; leave it out`);
}

/** The least depends on who plays: what is too small is told once that is known. */
function readDatagramSize(text: string): number {
  if (/^[1-9]\d*$/.test(text.trim()) && Number(text) <= MAX_DATAGRAM_BYTES) return Number(text);
  throw new UsageError(
    `--datagram-size: expected a number of bytes up to ${MAX_DATAGRAM_BYTES}, such as 1200, got "${text}"`,
  );
}

const MAX_DATAGRAM_BYTES = 65_507;

/**
 * The options that say what is streamed; `record` and `live` take them too.
 * @param endless whether a stream may go on for ever
 */
export function addMatchOptions(command: Command, endless = false): Command {
  return command
    .option(
      '--matches <n>',
      `whole matches to stream${endless ? '; 0 streams for ever' : ''} (default: 1)`,
      wholeNumber('--matches', 0, 100_000),
    )
    .option(
      '--messages <n>',
      'exactly so many messages, instead of whole matches',
      wholeNumber('--messages', 1, 1e12),
    )
    .option(
      '--datagram-size <bytes>',
      'pad every datagram with spaces to this size (default: as long as it is, at most 1200)',
      readDatagramSize,
    )
    .option('--squads <file>', 'who plays (JSON); default: two invented teams')
    .addOption(new Option('--language <code>', 'language of the phrases').choices(['en', 'pt']).default('en'))
    .option('--check', 'give every datagram a CRC-32, so that a receiver can tell a damaged one', false);
}

/** @throws UsageError for match options that contradict each other */
export function checkMatchOptions(command: Command): void {
  if (givenOptions(command, ['--matches', '--messages']).length < 2) return;
  throw new UsageError('--matches and --messages: expected one of them, got both; leave one out');
}

/** The options that say how a stream keeps its time. */
export function addPacingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--pacing <how>', 'how a deadline is waited for').choices(PACINGS).default('hybrid'),
    )
    .addOption(
      new Option(
        '--catch-up <how>',
        'after a late wake-up: burst sends all that is due, skip leaves the missed intervals empty',
      )
        .choices(CATCH_UPS)
        .default('burst'),
    );
}

/** The option that says what carries the datagrams, and what `auto` means to this command. */
export function addTransportOption(command: Command, auto = 'takes the best that works'): Command {
  return command.addOption(
    new Option('--transport <which>', `linux is batched system calls, node is everywhere; auto ${auto}`)
      .choices(['auto', 'node', 'linux'])
      .default('auto'),
  );
}

export function addLogOptions(command: Command): void {
  command
    .option(
      '--log <file>',
      'where to write the log; "none" writes no log (default: a new file in matchstream-logs/)',
    )
    .addOption(
      new Option('--log-level <level>', 'debug logs every datagram too').choices(LOG_LEVELS).default('info'),
    );
}

/** @throws UsageError for a log level where there is no log */
export function checkLogOptions(command: Command): void {
  if (command.opts().log === 'none')
    refuseBeside(command, '--log none', { '--log-level': 'no log is written' });
}
