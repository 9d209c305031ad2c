/**
 * `matchstream bench`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { formatDurationNs, readDurationNs, readInteger } from '../../src/base/quantities.ts';
import { MAX_DATAGRAM_BYTES } from '../../src/net/batch.ts';
import { addOptions, flag, givenOptions, opposite, plainFlag, positiveTime, read, whole } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import { readBenchExpectation } from './benchExpectations.ts';
import {
  MAX_CLIENTS,
  PACING_OPTIONS,
  PROGRESS_OPTIONS,
  abortOnFail,
  checkAbort,
  checkProgressOptions,
  expectations,
  mode,
  report,
  reporter,
  transport,
} from './options.ts';

const DEFAULT_INTERVALS_NS = [100e6, 10e6, 1e6, 100e3, 10e3, 1e3, 0];
/** As in throughput/sweep.ts, which is not loaded for `--help`; a test compares them. */
const MIN_DATAGRAM_BYTES = 768;

const list =
  <Item>(readItem: (text: string, name: string) => Item) =>
  (given: string, name: string): readonly Item[] =>
    given.split(',').map((part) => readItem(part.trim(), name));

export const BENCH_OPTIONS = {
  intervals: read<readonly number[], readonly number[]>(
    '--intervals <list>',
    'times between messages, a point each; 0 or flat is flat out',
    list((given, name) => (given === 'flat' ? 0 : readDurationNs(given, name))),
    DEFAULT_INTERVALS_NS,
    DEFAULT_INTERVALS_NS.map(formatDurationNs).join(','),
  ),
  clients: read<readonly number[], readonly number[]>(
    '--clients <list>',
    'numbers of clients; every interval is measured with each',
    list((given, name) => readInteger(given, name, 1, MAX_CLIENTS)),
    [1],
    '1',
  ),
  datagramSize: whole(
    '--datagram-size <bytes>',
    `pad every datagram with spaces to this size, ${MIN_DATAGRAM_BYTES} or more`,
    MIN_DATAGRAM_BYTES,
    MAX_DATAGRAM_BYTES,
    1200,
  ),
  duration: positiveTime(
    '--duration <time>',
    'how long each point streams; at most 250000 messages a second (linux: 1000000)',
    1e9,
  ),
  runs: whole(
    '--runs <n>',
    'measure all points so often, a row each: matchstream diff compares two such benchmarks, from 8 runs on',
    1,
    1000,
    1,
  ),
  mode: mode('server and clients'),
  micro: flag('--micro', 'measure codec, simulation, schedule and metrics by themselves, too', true),
  noMicro: opposite('--no-micro', 'leave that out'),
  virtual: plainFlag(
    '--virtual',
    'measure the virtual clock instead: datagrams a second and memory; takes --report and --reporter only',
  ),
  capacity: plainFlag(
    '--capacity',
    'search for the highest rate without loss instead, straight and over a proxy; ' +
      'takes --datagram-size, --duration (of a trial), --mode, --transport, --report and --reporter',
  ),
  report: report('CSVs and environment.json'),
  reporter: reporter(),
  expect: expectations('every point', readBenchExpectation, 'loss_ratio<=1%'),
  abortOnFail: abortOnFail('after the first point that does not meet one'),
  ...PACING_OPTIONS,
  transport: transport('measures each that works'),
  ...PROGRESS_OPTIONS,
};

/** What has its effect beside any other. */
const ALWAYS = ['--every', '--quiet'];
const CAPACITY_OPTIONS = ['--datagram-size', '--duration', '--mode', '--transport', '--report', '--reporter'];

export function buildBenchCommand(): Command {
  const command = new Command('bench').description(
    'Measure throughput and pacing at several intervals, and what the parts cost by themselves.',
  );
  return addOptions(command, BENCH_OPTIONS)
    .addHelpText(
      'after',
      '\nExample:\n  matchstream bench --intervals 1ms,100us,flat --clients 1,3 --no-micro\n' +
        '\nExit code 0: every datagram is accounted for and none left early; 1: otherwise; 2: wrong usage; ' +
        '3: the machine would not.',
    )
    .action(async (options: ValuesOf<typeof BENCH_OPTIONS>) => {
      checkProgressOptions(command);
      const { showingProgress } = await import('../../src/service/progressDisplay.ts');
      process.exitCode = await showingProgress(options, async (progress) => {
        if (options.virtual === true) {
          refuseOthers(command, '--virtual', ['--report', '--reporter']);
          const { runVirtualCommand } = await import('./virtualRun.ts');
          return runVirtualCommand(options, progress);
        }
        if (options.capacity === true) {
          refuseOthers(command, '--capacity', CAPACITY_OPTIONS);
          const { runCapacityCommand } = await import('./capacityRun.ts');
          return runCapacityCommand(options, progress);
        }
        checkAbort(command);
        const { runBenchCommand } = await import('./benchRun.ts');
        return runBenchCommand(options, progress);
      });
    });
}

/** The single benchmarks take only a few options; others would be ignored, so they are refused. */
function refuseOthers(command: Command, chosen: string, allowed: readonly string[]): void {
  const others = command.options.flatMap(({ long }) =>
    long === undefined || long === chosen || [...allowed, ...ALWAYS].includes(long) ? [] : [long],
  );
  const [given] = givenOptions(command, others);
  if (given === undefined) return;
  throw new UsageError(
    'conflict',
    chosen,
    `expected ${listed(allowed)} at most beside it, got ${given}; leave it out`,
  );
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
