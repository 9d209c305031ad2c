/**
 * `matchstream replay`: what it accepts. The work is loaded when it runs.
 */
import { Command, Option } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { addTransportOption, duration, positiveDurationOption, wholeNumber } from './options.ts';
import { checkClockOptions, clockOption } from './clockOption.ts';
import { MODES } from '../session/startTask.ts';
import { addJudgeOptions, checkJudgeOptions } from './shrinkOptions.ts';
import { addImpairmentOptions } from './impairmentOptions.ts';
import type { ReplayRun } from './replayRun.ts';

export function buildReplayCommand(): Command {
  const command = new Command('replay')
    .description(
      'Replay a recording to clients through a lossy proxy, and compare what arrived with what must.',
    )
    .argument('<recording>', 'a file made by `matchstream record`')
    .option('--clients <n>', 'clients, each with a flow of its own', wholeNumber('--clients', 1, 1000), 3)
    .option('--seed <text>', 'seed of the schedule; drawn and printed when not given')
    .addOption(
      new Option('--mode <how>', 'where server, proxy and clients run').choices(MODES).default('processes'),
    )
    .option(
      '--interval <time>',
      'time between messages instead of the recorded; 0 is flat out',
      duration('--interval'),
    )
    .option('--speed <factor>', 'so many times as fast as recorded', readSpeed, 1)
    .addOption(
      positiveDurationOption(
        '--tmax <time>',
        'how long clients listen for late datagrams after the end',
        1e9,
      ),
    )
    .addOption(clockOption())
    .option('--no-control', 'skip the control run without impairment; times are then not compared')
    .option('--recover', 'replay the whole frames of a damaged recording', false)
    .option('--fates <dir>', 'write what was decided about every datagram, a file a flow')
    .option('--arrivals <file>', 'list every arrival at every client (CSV)')
    .option('--report <dir>', 'folder for CSVs, logs and statistics (default: a new one in reports/)')
    .addOption(
      new Option('--log-level <level>', 'debug logs every datagram too')
        .choices(['info', 'debug'])
        .default('info'),
    );
  addImpairmentOptions(addJudgeOptions(addTransportOption(command))).addHelpText(
    'after',
    '\nExample:\n  matchstream replay recordings/match-42.jsonl --clients 3 --drop 5% --reorder 5% --seed 7\n' +
      '\nExit code 0: everything matches; 1: something does not; 2: wrong usage; 3: the machine would not.',
  );
  return command.action(async (path: string, options: Omit<ReplayRun, 'path'>) => {
    if (options.interval !== undefined && options.speed !== 1) {
      throw new UsageError('--interval and --speed: expected one of them, got both; leave one out');
    }
    checkJudgeOptions(command);
    checkClockOptions(command);
    const run = { ...options, path };
    if (options.shrink || options.exec !== undefined) {
      const { runJudgedReplay } = await import('./shrinkRun.ts');
      process.exitCode = await runJudgedReplay(run);
      return;
    }
    const { runReplayCommand } = await import('./replayRun.ts');
    process.exitCode = await runReplayCommand(run);
  });
}

function readSpeed(text: string): number {
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (speed > 0 && speed <= 1e6) return speed;
  throw new UsageError(
    `--speed: expected a number above 0, such as 2 or 0.5, got "${text}"; for flat out use --interval 0`,
  );
}
