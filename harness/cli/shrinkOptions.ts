/**
 * The options of `matchstream replay` that judge a run: expectations, a command of the user's own, and shrinking.
 *
 * It declares and checks; it does nothing.
 */
import { Option } from 'commander';
import type { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { givenOptions, positiveDuration, refuseBeside, wholeNumber } from './options.ts';
import type { ProxyProtocol } from '../proxy/flow.ts';
import { readExpectation } from '../judge/expectation.ts';
import type { Expectation } from '../judge/expectation.ts';

export interface JudgeOptions {
  readonly expect?: readonly Expectation[];
  readonly exec?: string;
  readonly execTimeout?: number;
  readonly execProtocol?: ProxyProtocol;
  readonly shrink: boolean;
  readonly shrinkRuns?: number;
}

export const DEFAULT_EXEC_TIMEOUT_NS = 30e9;
export const DEFAULT_EXEC_PROTOCOL: ProxyProtocol = 'matchstream';
export const DEFAULT_SHRINK_RUNS = 1000;

export function addJudgeOptions(command: Command): Command {
  return command
    .option(
      '--expect <expression>',
      'what every client must measure, such as "lost<=3"; several may be given',
      (text: string, before: readonly Expectation[] = []) => [...before, readExpectation(text, '--expect')],
    )
    .option(
      '--exec <command>',
      'run this in place of our clients, with MATCHSTREAM_SERVER=host:port; its exit code says whether it failed',
    )
    .option(
      '--exec-timeout <time>',
      'a command that takes longer is ended, and has failed (default: 30s)',
      positiveDuration('--exec-timeout'),
    )
    .addOption(
      new Option(
        '--exec-protocol <which>',
        'matchstream: the command registers; any: its first datagram starts the stream (default: matchstream)',
      ).choices(['matchstream', 'any']),
    )
    .option('--shrink', 'find a minimal list of drops, holds and duplicates that still fails', false)
    .option(
      '--shrink-runs <n>',
      `the most runs that --shrink makes (default: ${DEFAULT_SHRINK_RUNS})`,
      wholeNumber('--shrink-runs', 1, 1e9),
    );
}

/** The rest of a replay's options, as far as they cannot stand beside these. */
type OtherOptions = Readonly<Partial<Record<'arrivals' | 'fates' | 'report', string>>> & {
  readonly impairControl: boolean;
  readonly clock: 'virtual' | 'real';
};

function refuse(option: string, expected: string, got: string, remedy: string): never {
  throw new UsageError(`${option}: expected ${expected}, got ${got}; ${remedy}`);
}

/** Option → what is missing where a command of the user's own takes the place of our clients. */
const NOT_BESIDE_EXEC: Readonly<Record<string, string>> = {
  '--clients': 'the command is the only client',
  '--mode': 'server and proxy run in this process',
  '--tmax': 'the command itself decides when it has heard enough',
  '--no-control': 'no times are compared, so there is no control run',
  '--log-level': '--exec writes no files',
};

/** Option → what is missing where our own clients are tried on the virtual clock. */
const NOT_BESIDE_SHRINK: Readonly<Record<string, string>> = {
  '--mode': 'it runs on the virtual clock, which has no processes',
  '--transport': 'it runs on the virtual clock, which has no sockets',
  '--no-control': 'it runs on the virtual clock, which has no noise',
  '--log-level': '--shrink writes no files',
};

/** @throws UsageError for options that contradict each other, or that nothing would look at */
export function checkJudgeOptions(command: Command): void {
  const options = command.opts<JudgeOptions & OtherOptions>();
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
    );
  }
  if (exec === undefined) {
    if (options.execTimeout !== undefined)
      refuse('--exec-timeout', '--exec beside it', 'none', 'leave it out');
    if (options.execProtocol !== undefined)
      refuse('--exec-protocol', '--exec beside it', 'none', 'leave it out');
  } else if (options.clock === 'virtual') {
    refuse('--exec', '--clock real', '--clock virtual', 'a program of your own needs sockets');
  }
  if (!shrink && options.shrinkRuns !== undefined) {
    refuse('--shrink-runs', '--shrink beside it', 'none', 'leave it out');
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
  const beside = shrink ? '--shrink' : '--exec';
  for (const name of ['arrivals', 'fates', 'report'] as const) {
    if (options[name] !== undefined) {
      refuse(`--${name}`, `no ${beside} beside it`, 'both', `${beside} writes no files; leave it out`);
    }
  }
}
