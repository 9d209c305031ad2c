/**
 * `matchstream proxy`: what it accepts. The work is loaded when it runs.
 */
import { Command, Option } from 'commander';
import {
  DEFAULT_PORT,
  addTransportOption,
  endpointOf,
  hostPortOption,
  givenOptions,
  positiveDuration,
  positiveDurationOption,
  wholeNumber,
} from './options.ts';
import { UsageError } from '../../src/base/errors.ts';
import { addImpairmentOptions } from './impairmentOptions.ts';
import type { ProxyCommandRun } from './proxyRun.ts';

/** @param behind the words behind `--`: a program to run behind the proxy; null where there is no `--` */
export function buildProxyCommand(behind: readonly string[] | null = null): Command {
  const command = new Command('proxy')
    .description('Forward UDP both ways between clients and a server, impaired by a seeded schedule.')
    .argument('[listen]', 'the same as --listen')
    .argument('[upstream]', 'the same as --upstream')
    .addOption(
      hostPortOption('--listen <host:port>', 'where clients send to; port 0 picks one', {
        host: '127.0.0.1',
        port: DEFAULT_PORT + 1,
      }),
    )
    .addOption(
      hostPortOption('--upstream <host:port>', 'the server', { host: '127.0.0.1', port: DEFAULT_PORT }),
    )
    .addOption(
      new Option(
        '--protocol <which>',
        'matchstream: the index is the message count, a port a client; any: arrivals count',
      )
        .choices(['matchstream', 'any'])
        .default('matchstream'),
    )
    .option(
      '--flows <n>',
      'listening ports, from that of --listen on, one a client',
      wholeNumber('--flows', 1, 1024),
      1,
    )
    .option('--seed <text>', 'seed of the schedule; drawn and printed when not given')
    .option('--max-flows <n>', 'most flows at a time', wholeNumber('--max-flows', 1, 65_536), 1024)
    .addOption(positiveDurationOption('--idle <time>', 'a flow that nobody uses for so long is closed', 60e9))
    .option('--allow-unverified', 'let the original programs register from other machines too', false)
    .addOption(
      new Option('--for <time>', 'end in good order after so long').argParser(positiveDuration('--for')),
    )
    .option('--fates <dir>', 'write what was decided about every datagram, a file a flow, at the end')
    .option(
      '--log <file>',
      'where to write the log; "none" writes no log (default: a new file in matchstream-logs/)',
    );
  addImpairmentOptions(addTransportOption(command)).addHelpText(
    'after',
    '\nExample:\n  matchstream proxy --listen 127.0.0.1:9000 --upstream 127.0.0.1:12345 --drop 5% --seed 7\n' +
      '  matchstream proxy --protocol any --upstream 127.0.0.1:7 --drop 5% -- ./my-client 127.0.0.1:12346\n' +
      '\nCtrl+C lets what is held go out, for as long as --hold-max, prints what was done, and ends.\n' +
      '\nBehind -- stands a command that is run when the proxy listens, with its address in MATCHSTREAM_SERVER; ' +
      'the proxy ends with it, and with its exit code.',
  );
  return command.action(
    async (
      listen: string | undefined,
      upstream: string | undefined,
      given: Omit<ProxyCommandRun, 'command'>,
    ) => {
      const options = Object.assign({}, given, endpoints(command, listen, upstream));
      if (options.upstream.port === 0)
        throw new UsageError('--upstream: expected a port from 1 to 65535, got 0');
      if (options.listen.port !== 0 && options.listen.port + options.flows - 1 > 65_535) {
        throw new UsageError(
          `--flows: expected ports up to 65535, got ${options.listen.port} and ${options.flows} on`,
        );
      }
      if (behind?.length === 0) {
        throw new UsageError(
          '--: expected a command and its arguments behind it, got none; write -- ./my-client, or leave it out',
        );
      }
      const { runProxyCommand } = await import('./proxyRun.ts');
      process.exitCode = await runProxyCommand({ ...options, command: behind });
    },
  );
}

/** Where it listens and what is behind it, as words or as options. */
function endpoints(command: Command, first: string | undefined, second: string | undefined) {
  const isUpstreamGiven = givenOptions(command, ['--upstream']).length > 0;
  const isListenGiven = givenOptions(command, ['--listen']).length > 0;
  if (first !== undefined && second === undefined && isUpstreamGiven === isListenGiven) {
    if (isListenGiven)
      throw new UsageError(
        `proxy: expected --listen and --upstream once each, got "${first}" as well; leave it out`,
      );
    throw new UsageError(
      `proxy: expected LISTEN and UPSTREAM, got "${first}" alone; ` +
        `say proxy --upstream ${first} if it is the server, proxy --listen ${first} if it is where clients send to`,
    );
  }
  // One word beside one option is the other one.
  const isWordUpstream = second === undefined && isListenGiven;
  return {
    listen: endpointOf(command, '--listen', isWordUpstream ? undefined : first),
    upstream: endpointOf(command, '--upstream', isWordUpstream ? first : second),
  };
}
