/**
 * `matchstream live`: what it accepts. The work is loaded when it runs.
 */
import { Command, Option } from 'commander';
import {
  addMatchOptions,
  addTransportOption,
  checkMatchOptions,
  durationOption,
  positiveDurationOption,
  wholeNumber,
} from './options.ts';
import { UsageError } from '../../src/base/errors.ts';
import { checkClockOptions, clockOption } from './clockOption.ts';
import { MODES } from '../session/startTask.ts';
import type { LiveRun } from './liveRun.ts';

export function buildLiveCommand(): Command {
  const command = new Command('live')
    .description('Run a server and its clients at once, each with its own log and statistics.')
    .option('--clients <n>', 'clients', wholeNumber('--clients', 1, 1000), 3)
    .option('--seed <text>', 'seed of the match; drawn and printed when not given')
    .addOption(durationOption('--interval <time>', 'time between messages; 0 is flat out', 100e6))
    .addOption(new Option('--mode <how>', 'where server and clients run').choices(MODES).default('processes'))
    .addOption(clockOption())
    .addOption(
      positiveDurationOption(
        '--tmax <time>',
        'how long clients listen for late datagrams after the end',
        1e9,
      ),
    )
    .option('--report <dir>', 'folder for CSVs, logs and statistics (default: a new one in reports/)')
    .addOption(
      new Option('--log-level <level>', 'debug logs every datagram too')
        .choices(['info', 'debug'])
        .default('info'),
    );
  addMatchOptions(addTransportOption(command)).addHelpText(
    'after',
    '\nExample:\n  matchstream live --clients 3 --seed 42 --interval 50ms',
  );
  return command.action(async (options: LiveRun) => {
    checkClockOptions(command);
    checkMatchOptions(command);
    if (options.matches === 0 && options.messages === undefined) {
      throw new UsageError(
        '--matches: expected 1 or more for a live run, got 0, which never ends; give --messages N instead',
      );
    }
    const { runLiveCommand } = await import('./liveRun.ts');
    process.exitCode = await runLiveCommand(options);
  });
}
