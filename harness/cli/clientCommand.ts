/**
 * `matchstream client`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { readDurationNs } from '../../src/base/quantities.ts';
import { VALIDATIONS } from '../../src/stream/clientOptions.ts';
import {
  addOptions,
  choice,
  endpointOf,
  flag,
  givenOptions,
  hostPort,
  positiveTime,
  refuse,
  refuseBeside,
  text,
  whole,
} from './declare.ts';
import type { ValuesOf } from './declare.ts';
import {
  DEFAULT_PORT,
  PROGRESS_OPTIONS,
  checkLogOptions,
  log,
  logLevel,
  quiet,
  tmax,
  transport,
  verbose,
} from './options.ts';

export const CLIENT_OPTIONS = {
  server: hostPort(
    '--server <host[:port]>',
    `where the server or proxy listens; without a port, ${DEFAULT_PORT}`,
    { host: '127.0.0.1', port: DEFAULT_PORT },
    DEFAULT_PORT,
  ),
  id: whole('--id <n>', 'the client number to ask for', 1, 1_000_000),
  tmax: tmax('to', readDurationNs),
  registerTimeout: positiveTime('--register-timeout <time>', 'how long to try to register', 10e9),
  original: flag('--original', "speak the original programs' protocol"),
  quietTimeout: positiveTime('--quiet-timeout <time>', 'with --original: end after this much quiet', 30e9),
  check: flag('--check', 'every datagram must carry a valid check; one that does not is corrupted'),
  validate: choice(
    '--validate <how>',
    'head takes a datagram by its count; full reads the whole, and one that is no message is malformed (default: head)',
    VALIDATIONS,
  ),
  stats: text('--stats <file>', 'where to write the statistics (JSON); default: beside the log'),
  json: flag('--json', 'print one JSON object an event, for programs'),
  quiet: quiet('show no events, only the closing figures'),
  verbose: verbose('every statistic at the end'),
  every: PROGRESS_OPTIONS.every,
  transport: transport(),
  log: log(),
  logLevel: logLevel(),
};

/** Option → what the original programs' protocol lacks, so that the option would be ignored. */
const NOT_ORIGINAL: Readonly<Record<string, string>> = {
  '--id': 'an original server gives no numbers',
  '--register-timeout': 'an original server answers nothing, so --quiet-timeout says when to give up',
  '--check': 'the original messages carry no check',
  '--validate': 'the original messages are always read whole',
};

export function buildClientCommand(): Command {
  const command = new Command('client')
    .description('Register with a server, show the match, and report what the network did to it.')
    .argument('[server]', 'the same as --server');
  return addOptions(command, CLIENT_OPTIONS)
    .addHelpText('after', '\nExample:\n  matchstream client --server 127.0.0.1:12345')
    .action(async (word: string | undefined, given: ValuesOf<typeof CLIENT_OPTIONS>) => {
      const options = { ...given, server: endpointOf(command, '--server', word, DEFAULT_PORT) };
      if (options.json && options.quiet) refuse('--json and --quiet', 'one of them', 'both', 'leave one out');
      if (options.json) refuseBeside(command, '--json', { '--verbose': 'every statistic is printed' });
      if (options.original) refuseBeside(command, '--original', NOT_ORIGINAL);
      else if (givenOptions(command, ['--quiet-timeout']).length > 0)
        refuse('--quiet-timeout', '--original beside it', 'none', 'leave it out', 'missing');
      checkLogOptions(command);
      if (options.server.port === 0)
        throw new UsageError('value-range', '--server', 'expected a port from 1 to 65535, got 0');
      const { runClientCommand } = await import('./clientRun.ts');
      process.exitCode = await runClientCommand(options);
    });
}
