/**
 * `matchstream server`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { readIntervalNs } from '../../src/base/quantities.ts';
import { DEFAULT_MAX_CLIENTS } from '../../src/stream/serverOptions.ts';
import { addOptions, positiveTime, text, time, whole } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import {
  DEFAULT_PORT,
  PACING_OPTIONS,
  PROGRESS_OPTIONS,
  allowUnverified,
  checkLogOptions,
  checkMatchOptions,
  checkProgressOptions,
  interval,
  log,
  logLevel,
  matchOptions,
  seed,
  transport,
} from './options.ts';
import { checkWebOptions, webOptions } from './webOption.ts';

/** Maximum number of places that may be given. */
const MAX_PLACES = 100_000;

export const SERVER_OPTIONS = {
  interval: interval('time between messages, 1us to hours; 0 is flat out', 1e9, readIntervalNs),
  seed: seed('the match'),
  host: text('--host <address>', 'address to listen on', '127.0.0.1'),
  port: whole('--port <n>', 'port to listen on; 0 picks one', 0, 65_535, DEFAULT_PORT),
  waitFor: whole('--wait-for <n>', 'clients that must register before the stream starts', 0, MAX_PLACES, 1),
  maxClients: whole('--max-clients <n>', 'most clients at a time', 1, MAX_PLACES, DEFAULT_MAX_CLIENTS),
  maxClientsPerAddress: whole(
    '--max-clients-per-address <n>',
    'most of them from one address; IPv6: from a /64 (default: a quarter of --max-clients)',
    1,
    MAX_PLACES,
  ),
  keepAlive: positiveTime('--keep-alive <time>', 'how often a client must show that it lives', 1e9),
  allowUnverified: allowUnverified(),
  originalTimeout: time(
    '--original-timeout <time>',
    'how long an original program is served after its last register; 0 is to the end',
    3600e9,
  ),
  ...PACING_OPTIONS,
  transport: transport(),
  ...matchOptions(true),
  log: log(),
  logLevel: logLevel(),
  ...webOptions('the match and the clients'),
  ...PROGRESS_OPTIONS,
};

export function buildServerCommand(): Command {
  const command = new Command('server').description('Stream a seeded match to every client that registers.');
  return addOptions(command, SERVER_OPTIONS)
    .addHelpText(
      'after',
      '\nExample:\n  matchstream server --seed 42 --interval 100ms --wait-for 3\n' +
        '\nIt ends when the stream is over and every client has left. Ctrl+C ends the stream early.',
    )
    .action(async (options: ValuesOf<typeof SERVER_OPTIONS>) => {
      checkMatchOptions(command);
      checkLogOptions(command);
      checkProgressOptions(command);
      checkWebOptions(command);
      checkPlaces(options);
      const { runServerCommand } = await import('./serverRun.ts');
      await runServerCommand(options);
    });
}

function checkPlaces({
  maxClients,
  maxClientsPerAddress = 1,
  waitFor,
}: ValuesOf<typeof SERVER_OPTIONS>): void {
  for (const [name, places] of [
    ['--max-clients-per-address', maxClientsPerAddress],
    ['--wait-for', waitFor],
  ] as const) {
    if (places <= maxClients) continue;
    throw new UsageError(
      'value-range',
      name,
      `expected at most --max-clients, which is ${maxClients}, got ${places}; raise --max-clients`,
    );
  }
}
