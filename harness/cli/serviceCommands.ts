/**
 * The service's commands: what `matchstream server` and `matchstream client` accept.
 *
 * It builds the commands and checks their options; the work is in modules that are loaded when a command runs.
 */
import { Command, Option } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import {
  DEFAULT_PORT,
  addLogOptions,
  addMatchOptions,
  addPacingOptions,
  addTransportOption,
  checkLogOptions,
  checkMatchOptions,
  durationOption,
  endpointOf,
  hostPortOption,
  givenOptions,
  positiveDurationOption,
  refuseBeside,
  wholeNumber,
} from './options.ts';
import { readIntervalNs } from '../../src/base/quantities.ts';
import { VALIDATIONS } from '../../src/stream/clientOptions.ts';
import { DEFAULT_MAX_CLIENTS } from '../../src/stream/serverOptions.ts';

export function buildServerCommand(): Command {
  const command = new Command('server')
    .description('Stream a seeded match to every client that registers.')
    .addOption(
      durationOption(
        '--interval <time>',
        'time between messages, 1us to hours; 0 is flat out',
        1e9,
      ).argParser((text: string) => readIntervalNs(text, '--interval')),
    )
    .option('--seed <text>', 'seed of the match; drawn and printed when not given')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 picks one', wholeNumber('--port', 0, 65_535), DEFAULT_PORT)
    .option(
      '--wait-for <n>',
      'clients that must register before the stream starts',
      wholeNumber('--wait-for', 0, 100_000),
      1,
    )
    .option(
      '--max-clients <n>',
      'most clients at a time',
      wholeNumber('--max-clients', 1, 100_000),
      DEFAULT_MAX_CLIENTS,
    )
    .option(
      '--max-clients-per-address <n>',
      'most of them from one address; IPv6: from a /64 (default: a quarter of --max-clients)',
      wholeNumber('--max-clients-per-address', 1, 100_000),
    )
    .addOption(
      positiveDurationOption('--keep-alive <time>', 'how often a client must show that it lives', 1e9),
    )
    .option('--allow-unverified', 'let the original programs register from other machines too', false)
    .addOption(
      durationOption(
        '--original-timeout <time>',
        'how long an original program is served after its last register; 0 is to the end',
        3600e9,
      ),
    );
  addPacingOptions(command);
  addTransportOption(command);
  addMatchOptions(command, true);
  addLogOptions(command);
  command.addHelpText(
    'after',
    '\nExample:\n  matchstream server --seed 42 --interval 100ms --wait-for 3\n' +
      '\nIt ends when the stream is over and every client has left. Ctrl+C ends the stream early.',
  );
  // oxlint-disable-next-line typescript/no-explicit-any -- commander's options are untyped here and checked above
  return command.action(async (options: any) => {
    checkMatchOptions(command);
    checkLogOptions(command);
    checkPlaces(options);
    const { runServerCommand } = await import('./serverRun.ts');
    await runServerCommand(options);
  });
}

function checkPlaces(options: { maxClients: number; maxClientsPerAddress?: number; waitFor: number }): void {
  const { maxClients, maxClientsPerAddress = 1, waitFor } = options;
  for (const [name, places] of [
    ['--max-clients-per-address', maxClientsPerAddress],
    ['--wait-for', waitFor],
  ] as const) {
    if (places <= maxClients) continue;
    throw new UsageError(
      `${name}: expected at most --max-clients, which is ${maxClients}, got ${places}; raise --max-clients`,
    );
  }
}

/** Option → what the original programs' protocol lacks, so that nothing would look at it. */
const NOT_ORIGINAL: Readonly<Record<string, string>> = {
  '--id': 'an original server gives no numbers',
  '--register-timeout': 'an original server answers nothing, so --quiet-timeout says when to give up',
  '--check': 'the original messages carry no check',
  '--validate': 'the original messages are always read whole',
};

export function buildClientCommand(): Command {
  const command = new Command('client')
    .description('Register with a server, show the match, and report what the network did to it.')
    .argument('[server]', 'the same as --server')
    .addOption(
      hostPortOption(
        '--server <host[:port]>',
        `where the server or proxy listens; without a port, ${DEFAULT_PORT}`,
        { host: '127.0.0.1', port: DEFAULT_PORT },
        DEFAULT_PORT,
      ),
    )
    .option('--id <n>', 'the client number to ask for', wholeNumber('--id', 1, 1_000_000))
    .addOption(durationOption('--tmax <time>', 'how long to listen for late datagrams after the end', 1e9))
    .addOption(positiveDurationOption('--register-timeout <time>', 'how long to try to register', 10e9))
    .option('--original', "speak the original programs' protocol", false)
    .addOption(
      positiveDurationOption('--quiet-timeout <time>', 'with --original: end after this much quiet', 30e9),
    )
    .option('--check', 'every datagram must carry a valid check; one that does not is corrupted', false)
    .addOption(
      new Option(
        '--validate <how>',
        'head takes a datagram by its count; full reads the whole, and one that is no message is malformed (default: head)',
      ).choices(VALIDATIONS),
    )
    .option('--stats <file>', 'where to write the statistics (JSON); default: beside the log')
    .option('--json', 'print one JSON object an event, for programs', false)
    .option('--quiet', 'show no events, only the statistics', false);
  addTransportOption(command);
  addLogOptions(command);
  command.addHelpText('after', '\nExample:\n  matchstream client --server 127.0.0.1:12345');
  // oxlint-disable-next-line typescript/no-explicit-any -- commander's options are untyped here and checked above
  return command.action(async (server: string | undefined, given: any) => {
    const options = { ...given, server: endpointOf(command, '--server', server, DEFAULT_PORT) };
    if (options.json === true && options.quiet === true) {
      throw new UsageError('--json and --quiet: expected one of them, got both; leave one out');
    }
    if (options.original === true) refuseBeside(command, '--original', NOT_ORIGINAL);
    else if (givenOptions(command, ['--quiet-timeout']).length > 0) {
      throw new UsageError('--quiet-timeout: expected --original beside it, got none; leave it out');
    }
    checkLogOptions(command);
    const { runClientCommand } = await import('./clientRun.ts');
    process.exitCode = await runClientCommand(options);
  });
}
