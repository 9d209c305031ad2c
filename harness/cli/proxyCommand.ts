/**
 * `matchstream proxy`: what it accepts. The work is loaded when it runs.
 */
import { isIP } from 'node:net';
import { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import type { HostPort } from '../../src/base/quantities.ts';
import { readExpectation } from '../judge/expectation.ts';
import { ON_REFUSED } from '../proxy/ports/listeningPorts.ts';
import { ANSWERS } from '../proxy/ports/route.ts';
import {
  addOptions,
  choice,
  endpointOf,
  flag,
  givenOptions,
  hostPort,
  positiveTime,
  refuse,
  text,
  whole,
} from './declare.ts';
import type { ValuesOf } from './declare.ts';
import { CONTROL_OPTIONS, checkControlOptions, controlOption } from './controlOptions.ts';
import { addImpairmentOptions } from './impairmentOptions.ts';
import type { ImpairmentOptions } from './impairmentOptions.ts';
import {
  DEFAULT_PORT,
  PROGRESS_OPTIONS,
  abortOnFail,
  allowUnverified,
  capture,
  checkAbort,
  checkProgressOptions,
  checkReporter,
  expectations,
  fates,
  log,
  reporter,
  seed,
  transport,
} from './options.ts';
import { PROTOCOL_OPTIONS } from './protocolOptions.ts';
import { checkTimeline } from './timelineOption.ts';

export const PROXY_OPTIONS = {
  listen: hostPort('--listen <host:port>', 'where clients send to; port 0 picks one', {
    host: '127.0.0.1',
    port: DEFAULT_PORT + 1,
  }),
  upstream: hostPort('--upstream <host:port>', 'the server', { host: '127.0.0.1', port: DEFAULT_PORT }),
  answers: choice(
    '--answers <whose>',
    "whose datagrams are the upstream's answers: its address and port, any port there, or anybody (default: upstream)",
    ANSWERS,
  ),
  onRefused: choice(
    '--on-refused <how>',
    'what a refusal by the upstream (ICMP) does: count it, or close the listening port for 1 s as well',
    ON_REFUSED,
    'count',
  ),
  resolveEvery: positiveTime('--resolve-every <time>', "look the upstream's name up again, for new flows"),
  multicast: text('--multicast <interface>', 'the interface of a group that is listened in or sent to'),
  broadcast: flag('--broadcast', 'the upstream is a broadcast address'),
  ...PROTOCOL_OPTIONS,
  flows: whole('--flows <n>', 'listening ports, from that of --listen on, one a client', 1, 1024, 1),
  seed: seed('the schedule'),
  maxFlows: whole('--max-flows <n>', 'most flows at a time', 1, 65_536, 1024),
  idle: positiveTime('--idle <time>', 'a flow that nobody uses for so long is closed', 60e9),
  newFlowAfter: positiveTime(
    '--new-flow-after <time>',
    'a client that was silent for so long begins a new flow; not with matchstream (default: none does before --idle)',
  ),
  allowUnverified: allowUnverified(),
  for: positiveTime('--for <time>', 'end in good order after so long'),
  fates: fates(', at the end'),
  report: text('--report <dir>', 'write what a replay writes: comparison, ledger, fates, log (a new folder)'),
  reporter: reporter(),
  expect: expectations('every flow and direction, as it leaves,', readExpectation),
  abortOnFail: abortOnFail(),
  arrivals: text('--arrivals <file>', 'list every datagram as it came in and as it left (CSV), at the end'),
  record: text(
    '--record <file>',
    'record all that comes in, before it is impaired: .jsonl, or .pcapng for Wireshark',
  ),
  capture: capture(),
  control: controlOption(),
  ...CONTROL_OPTIONS,
  journal: text(
    '--journal <file>',
    'write what changes while it runs, and from which datagram on (JSON Lines)',
  ),
  timeline: text('--timeline <file>', 'make the changes of that journal again, with its seed and settings'),
  log: log(),
  transport: transport(),
  ...PROGRESS_OPTIONS,
};

export type ProxyCommandOptions = ValuesOf<typeof PROXY_OPTIONS> & ImpairmentOptions;

/** @param behind the words after `--`: a program to run behind the proxy; null without `--` */
export function buildProxyCommand(behind: readonly string[] | null = null): Command {
  const command = new Command('proxy')
    .description('Forward UDP both ways between clients and a server, impaired by a seeded schedule.')
    .argument('[listen]', 'the same as --listen')
    .argument('[upstream]', 'the same as --upstream');
  return addImpairmentOptions(addOptions(command, PROXY_OPTIONS))
    .addHelpText(
      'after',
      '\nExample:\n  matchstream proxy --listen 127.0.0.1:9000 --upstream 127.0.0.1:12345 --drop 5% --seed 7\n' +
        '  matchstream proxy --protocol any --upstream 127.0.0.1:7 --drop 5% -- ./my-client 127.0.0.1:12346\n' +
        '\nCtrl+C lets what is held or delayed go out, says how long that takes, prints what was done, and ends; a second ' +
        'one throws away what has not left.\n' +
        '\nBehind -- stands a command that is run when the proxy listens, with its address in MATCHSTREAM_SERVER; ' +
        'the proxy ends with it, and with its exit code.\n' +
        '\nSIGUSR2 reads the file of --scenario again: what it says now holds from the next datagrams on.',
    )
    .action(async (first: string | undefined, second: string | undefined, given: ProxyCommandOptions) => {
      checkProgressOptions(command);
      const { listen, upstream } = endpoints(command, first, second);
      if (upstream.port === 0)
        throw new UsageError('value-range', '--upstream', 'expected a port from 1 to 65535, got 0');
      if (listen.port !== 0 && listen.port + given.flows - 1 > 65_535) {
        throw new UsageError(
          'value-range',
          '--flows',
          `expected ports up to 65535, got ${listen.port} and ${given.flows} on`,
        );
      }
      checkReporter(command);
      checkControlOptions(command);
      checkTimeline(command);
      checkAbort(command);
      if (given.resolveEvery !== undefined && isIP(upstream.host) !== 0) {
        refuse('--resolve-every', 'a name as --upstream', `the address ${upstream.host}`, 'leave it out');
      }
      if (behind?.length === 0) {
        refuse(
          '--',
          'a command and its arguments behind it',
          'none',
          'write -- ./my-client, or leave it out',
          'missing',
        );
      }
      const { runProxyCommand } = await import('./proxyRun.ts');
      process.exitCode = await runProxyCommand({ ...given, listen, upstream }, behind);
    });
}

/** The listening and the upstream address, as operands or as options. */
function endpoints(
  command: Command,
  first: string | undefined,
  second: string | undefined,
): Record<'listen' | 'upstream', HostPort> {
  const isUpstreamGiven = givenOptions(command, ['--upstream']).length > 0;
  const isListenGiven = givenOptions(command, ['--listen']).length > 0;
  if (first !== undefined && second === undefined && isUpstreamGiven === isListenGiven) {
    if (isListenGiven)
      throw new UsageError(
        'repeated',
        'proxy',
        `expected --listen and --upstream once each, got "${first}" as well; leave it out`,
      );
    throw new UsageError(
      'missing',
      'proxy',
      `expected LISTEN and UPSTREAM, got "${first}" alone; ` +
        `say proxy --upstream ${first} if it is the server, proxy --listen ${first} if it is where clients send to`,
    );
  }
  // One operand beside one option is the other address.
  const isWordUpstream = second === undefined && isListenGiven;
  return {
    listen: endpointOf(command, '--listen', isWordUpstream ? undefined : first),
    upstream: endpointOf(command, '--upstream', isWordUpstream ? first : second),
  };
}
