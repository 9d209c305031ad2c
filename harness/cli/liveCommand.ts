/**
 * `matchstream live`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { readExpectation } from '../judge/expectation.ts';
import { addOptions } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import {
  PROGRESS_OPTIONS,
  abortOnFail,
  checkAbort,
  checkClockOptions,
  checkMatchOptions,
  checkProgressOptions,
  clients,
  clock,
  expectations,
  interval,
  logLevel,
  matchOptions,
  mode,
  report,
  reporter,
  seed,
  tmax,
  transport,
} from './options.ts';
import { checkWebOptions, webOptions } from './webOption.ts';

export const LIVE_OPTIONS = {
  clients: clients('clients'),
  seed: seed('the match'),
  interval: interval('time between messages; 0 is flat out', 100e6),
  mode: mode('server and clients'),
  clock: clock(),
  tmax: tmax('clients'),
  report: report('CSVs, logs and statistics'),
  reporter: reporter(),
  expect: expectations('every client', readExpectation),
  abortOnFail: abortOnFail(),
  logLevel: logLevel(),
  transport: transport(),
  ...matchOptions(),
  ...webOptions('the match and every client'),
  ...PROGRESS_OPTIONS,
};

export function buildLiveCommand(): Command {
  const command = new Command('live').description(
    'Run a server and its clients at once, each with its own log and statistics.',
  );
  return addOptions(command, LIVE_OPTIONS)
    .addHelpText('after', '\nExample:\n  matchstream live --clients 3 --seed 42 --interval 50ms')
    .action(async (options: ValuesOf<typeof LIVE_OPTIONS>) => {
      checkAbort(command);
      checkClockOptions(command);
      checkProgressOptions(command);
      checkMatchOptions(command, 'a live run');
      checkWebOptions(command);
      const [{ runLiveCommand }, { showingProgress }] = await Promise.all([
        import('./liveRun.ts'),
        import('../../src/service/progressDisplay.ts'),
      ]);
      process.exitCode = await showingProgress(options, (progress) => runLiveCommand(options, progress));
    });
}
