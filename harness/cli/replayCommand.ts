/**
 * `matchstream replay`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { readExpectation } from '../judge/expectation.ts';
import { REPLAY_DEFAULTS } from '../runs/replayPlan.ts';
import { EXEC_DEFAULTS } from '../shrink/commandLine.ts';
import { CONVERSATION_OPTIONS, checkConversationOptions } from './conversationOptions.ts';
import {
  addOptions,
  flag,
  givenOptions,
  opposite,
  positiveTime,
  read,
  refuse,
  refuseBeside,
  text,
  whole,
} from './declare.ts';
import type { ValuesOf } from './declare.ts';
import { addImpairmentOptions } from './impairmentOptions.ts';
import type { ImpairmentOptions } from './impairmentOptions.ts';
import {
  PROGRESS_OPTIONS,
  abortOnFail,
  capture,
  checkAbort,
  checkClockOptions,
  checkProgressOptions,
  checkReporter,
  clients,
  clock,
  expectations,
  fates,
  interval,
  logLevel,
  mode,
  recover,
  report,
  reporter,
  seed,
  tmax,
  transport,
} from './options.ts';
import { protocolOption } from './protocolOptions.ts';

const OPTIONS = {
  clients: clients('clients, each with a flow of its own'),
  seed: seed('the schedule'),
  mode: mode('server, proxy and clients'),
  interval: interval('time between messages instead of the recorded; 0 is flat out'),
  speed: read('--speed <factor>', 'so many times as fast as recorded', readSpeed, REPLAY_DEFAULTS.speed),
  tmax: tmax('clients'),
  clock: clock(),
  control: opposite('--no-control', 'skip the control run without impairment; times are then not compared'),
  verdict: opposite(
    '--no-verdict',
    'compare nothing, and keep nothing of a datagram: what is measured is told, and the account of every datagram',
  ),
  recover: recover('replay'),
  fates: fates(),
  capture: capture(),
  arrivals: text('--arrivals <file>', 'list every arrival at every client (CSV)'),
  report: report('CSVs, logs and statistics'),
  logLevel: logLevel(),
  transport: transport(),
  reporter: reporter(),
  expect: expectations('every client', readExpectation),
  abortOnFail: abortOnFail(),
  exec: text(
    '--exec <command>',
    'run this in place of our clients, with MATCHSTREAM_SERVER=host:port; its exit code says whether it failed',
  ),
  execTimeout: positiveTime(
    '--exec-timeout <time>',
    'a command that takes longer is ended, and has failed',
    EXEC_DEFAULTS.timeoutNs,
  ),
  execProtocol: protocolOption(
    '--exec-protocol',
    'matchstream: the command registers; any, rtp or a field, as proxy has them: its first datagram starts the stream ' +
      `(default: ${EXEC_DEFAULTS.protocol.text})`,
  ),
  shrink: flag('--shrink', 'find a minimal list of drops, holds and duplicates that still fails'),
  shrinkRuns: whole('--shrink-runs <n>', 'the most runs that --shrink makes', 1, 1e9, 1000),
  ...CONVERSATION_OPTIONS,
  ...PROGRESS_OPTIONS,
};

export type ReplayOptions = ValuesOf<typeof OPTIONS> & ImpairmentOptions;

export function buildReplayCommand(): Command {
  const command = new Command('replay')
    .description(
      'Replay a recording to clients through a lossy proxy, and compare what arrived with what must.',
    )
    .argument('<recording>', 'a file made by `matchstream record`');
  addImpairmentOptions(addOptions(command, OPTIONS)).addHelpText(
    'after',
    '\nExample:\n  matchstream replay recordings/match-42.jsonl --clients 3 --drop 5% --reorder 5% --seed 7\n' +
      '\nExit code 0: everything matches; 1: something does not; 2: wrong usage; 3: the machine would not.',
  );
  return command.action(async (path: string, options: ReplayOptions) => {
    if (options.interval !== undefined && options.speed !== REPLAY_DEFAULTS.speed) {
      throw new UsageError(
        'conflict',
        '--interval and --speed',
        'expected one of them, got both; leave one out',
      );
    }
    const side = checkConversationOptions(command, options);
    checkProgressOptions(command);
    const { showingProgress } = await import('../../src/service/progressDisplay.ts');
    if (side !== null) {
      checkReporter(command);
      checkAbort(command);
      const { runConversation } = await import('./conversationRun.ts');
      process.exitCode = await showingProgress(options, (progress) =>
        runConversation(path, options, side, progress),
      );
      return;
    }
    checkJudgeOptions(command, options);
    checkAbort(command);
    checkClockOptions(command);
    if (options.shrink || options.exec !== undefined) {
      const { runJudgedReplay } = await import('./judgedReplayRun.ts');
      // A command of the user's has the terminal while it is shown.
      const between = options.exec === undefined ? 'working' : null;
      process.exitCode = await showingProgress({ ...options, between }, (progress) =>
        runJudgedReplay(path, options, progress),
      );
      return;
    }
    const { runReplayCommand } = await import('./replayRun.ts');
    process.exitCode = await showingProgress(options, (progress) =>
      runReplayCommand(path, options, progress),
    );
  });
}

function readSpeed(given: string, name: string): number {
  const speed = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  if (speed > 0 && speed <= 1e6) return speed;
  throw new UsageError(
    'value-format',
    name,
    `expected a number above 0, such as 2 or 0.5, got "${given}"; for flat out use --interval 0`,
  );
}

/** Option → what is missing if a user's own command replaces our clients. */
const NOT_BESIDE_EXEC: Readonly<Record<string, string>> = {
  '--clients': 'the command is the only client',
  '--mode': 'server and proxy run in this process',
  '--tmax': 'the command itself decides when it has heard enough',
  '--no-control': 'no times are compared, so there is no control run',
  '--no-verdict': 'the command is the verdict',
  '--abort-on-fail': 'a command of your own is judged by its exit code',
  '--log-level': '--exec writes no log',
};

/** Option → what is missing if our clients are tried on the virtual clock. */
const NOT_BESIDE_SHRINK: Readonly<Record<string, string>> = {
  '--mode': 'it runs on the virtual clock, which has no processes',
  '--transport': 'it runs on the virtual clock, which has no sockets',
  '--abort-on-fail': 'it runs on the virtual clock, which has no waiting',
  '--no-control': 'it runs on the virtual clock, which has no noise',
  '--no-verdict': '--shrink looks for what fails',
  '--log-level': '--shrink writes no log',
};

/** @throws UsageError for options that contradict each other, or have no effect */
function checkJudgeOptions(command: Command, options: ReplayOptions): void {
  const { exec, expect, shrink } = options;
  if (exec !== undefined && expect !== undefined) {
    refuse('--exec and --expect', 'one of them', 'both', 'a command of your own is judged by its exit code');
  }
  if (shrink && exec === undefined && expect === undefined) {
    refuse(
      '--shrink',
      '--expect or --exec beside it',
      'neither',
      'say what fails, such as --expect "lost<=3"',
      'missing',
    );
  }
  if (exec === undefined) {
    const [alone] = givenOptions(command, ['--exec-timeout', '--exec-protocol']);
    if (alone !== undefined) refuse(alone, '--exec beside it', 'none', 'leave it out', 'missing');
  } else if (options.clock === 'virtual') {
    refuse('--exec', '--clock real', '--clock virtual', 'a program of your own needs sockets');
  }
  if (!shrink && givenOptions(command, ['--shrink-runs']).length > 0) {
    refuse('--shrink-runs', '--shrink beside it', 'none', 'leave it out', 'missing');
  }
  if (shrink && options.impairControl) {
    refuse(
      '--impair-control',
      'no --shrink beside it',
      'both',
      'no list names control datagrams; leave it out',
    );
  }
  if (exec !== undefined) refuseBeside(command, '--exec', NOT_BESIDE_EXEC);
  else if (shrink) {
    refuseBeside(command, '--shrink', NOT_BESIDE_SHRINK);
    if (options.clock === 'real' && givenOptions(command, ['--clock']).length > 0) {
      refuse(
        '--shrink',
        '--clock virtual',
        '--clock real',
        'it runs on the virtual clock; leave --clock out',
      );
    }
  }
  if (!shrink && exec === undefined) return;
  checkReporter(command);
  const beside = shrink ? '--shrink' : '--exec';
  const inReport = `${beside} lists nothing by itself, --report DIR has tables and fates`;
  refuseBeside(command, beside, { '--arrivals': inReport, '--fates': inReport });
  if (exec === undefined) refuseBeside(command, beside, { '--capture': 'it makes many runs' });
}
