/**
 * `matchstream bench`: what it accepts. The work is loaded when it runs.
 */
import { Command, Option } from 'commander';
import { MODES } from '../session/startTask.ts';
import { UsageError } from '../../src/base/errors.ts';
import { addPacingOptions, addTransportOption, givenOptions } from './options.ts';
import {
  formatDurationNs,
  readDurationNs,
  readInteger,
  readPositiveDurationNs,
} from '../../src/base/quantities.ts';
import type { BenchRun } from './benchRun.ts';

const DEFAULT_INTERVALS_NS = [100e6, 10e6, 1e6, 100e3, 10e3, 1e3, 0];
const MAX_CLIENTS = 1000;
/** As in throughput/sweep.ts, which is not loaded for `--help`; a test compares them. */
const MIN_DATAGRAM_BYTES = 768;
const MAX_DATAGRAM_BYTES = 65_507;

const readList =
  <T>(read: (text: string) => T) =>
  (text: string): T[] =>
    text.split(',').map((part) => read(part.trim()));

const intervals = readList((text) => (text === 'flat' ? 0 : readDurationNs(text, '--intervals')));
const clientCounts = readList((text) => readInteger(text, '--clients', 1, MAX_CLIENTS));

const CAPACITY_OPTIONS = ['--datagram-size', '--duration', '--mode', '--transport', '--report'];

/** Defaults as a user would write them. */
const list = (values: readonly unknown[]): string => values.join(',');

export function buildBenchCommand(): Command {
  const command = new Command('bench')
    .description('Measure throughput and pacing at several intervals, and what the parts cost by themselves.')
    .addOption(
      new Option('--intervals <list>', 'times between messages, a point each; 0 or flat is flat out')
        .argParser(intervals)
        .default(DEFAULT_INTERVALS_NS, list(DEFAULT_INTERVALS_NS.map(formatDurationNs))),
    )
    .addOption(
      new Option('--clients <list>', 'numbers of clients; every interval is measured with each')
        .argParser(clientCounts)
        .default([1], '1'),
    )
    .option(
      '--datagram-size <bytes>',
      `pad every datagram with spaces to this size, ${MIN_DATAGRAM_BYTES} or more`,
      (text) => readInteger(text, '--datagram-size', MIN_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES),
      1200,
    )
    .addOption(
      new Option(
        '--duration <time>',
        'how long each point streams; at most 250000 messages a second (linux: 1000000)',
      )
        .argParser((text: string) => readPositiveDurationNs(text, '--duration'))
        .default(1e9, '1s'),
    )
    .addOption(new Option('--mode <how>', 'where server and clients run').choices(MODES).default('processes'))
    .option('--micro', 'measure codec, simulation, schedule and metrics by themselves, too', true)
    .option('--no-micro', 'leave that out')
    .option(
      '--virtual',
      'measure the virtual clock instead: datagrams a second and memory; takes --report only',
    )
    .option(
      '--capacity',
      'search for the highest rate without loss instead, straight and over a proxy; ' +
        'takes --datagram-size, --duration (of a trial), --mode, --transport and --report',
    )
    .option('--report <dir>', 'folder for CSVs and environment.json (default: a new one in reports/)');
  return addTransportOption(addPacingOptions(command), 'measures each that works')
    .addHelpText(
      'after',
      '\nExample:\n  matchstream bench --intervals 1ms,100us,flat --clients 1,3 --no-micro\n' +
        '\nExit code 0: every datagram is accounted for and none left early; 1: otherwise; 2: wrong usage; ' +
        '3: the machine would not.',
    )
    .action(async (options: BenchRun & { readonly virtual?: true; readonly capacity?: true }) => {
      if (options.virtual === true) {
        refuseOthers(command, '--virtual', ['--report']);
        const { runVirtualCommand } = await import('./virtualRun.ts');
        process.exitCode = await runVirtualCommand(options);
        return;
      }
      if (options.capacity === true) {
        refuseOthers(command, '--capacity', CAPACITY_OPTIONS);
        const { runCapacityCommand } = await import('./capacityRun.ts');
        process.exitCode = await runCapacityCommand(options);
        return;
      }
      const { runBenchCommand } = await import('./benchRun.ts');
      process.exitCode = await runBenchCommand(options);
    });
}

/** A benchmark of its own takes a few options; the others would have to be ignored, and that is refused. */
function refuseOthers(command: Command, chosen: string, allowed: readonly string[]): void {
  const others = command.options.flatMap(({ long }) =>
    long === undefined || long === chosen || allowed.includes(long) ? [] : [long],
  );
  const [given] = givenOptions(command, others);
  if (given === undefined) return;
  throw new UsageError(
    `${chosen}: expected ${listed(allowed)} at most beside it, got ${given}; leave it out`,
  );
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
