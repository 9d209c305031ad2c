/**
 * `matchstream run`: what it accepts. The work, and the benchmarks it is given, are loaded when it runs.
 */
import { Command } from 'commander';
import type { Benchmarks } from '../runs/mainJob.ts';
import { readExpectation } from '../judge/expectation.ts';
import { addOptions, flag } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import {
  PROGRESS_OPTIONS,
  abortOnFail,
  checkAbort,
  checkProgressOptions,
  expectations,
  mode,
  report,
  reporter,
  seed,
  transport,
} from './options.ts';
import { checkWebOptions, showingWeb, webOptions } from './webOption.ts';

const OPTIONS = {
  mode: mode('server, proxy and clients'),
  seed: seed('the match and of the schedule'),
  report: report('everything it writes'),
  reporter: reporter(),
  expect: expectations('every client of the lossy replay', readExpectation),
  abortOnFail: abortOnFail(),
  short: flag('--short', 'fewer and shorter measurements: for a quick look, and for CI'),
  transport: transport(),
  ...webOptions('the matches and every client'),
  ...PROGRESS_OPTIONS,
};

/** @param benchmarks loads the benchmarks, which the harness itself never imports */
export function buildRunCommand(benchmarks: () => Promise<Benchmarks>): Command {
  const command = new Command('run').description(
    'The main job: three clients live, a recording, its lossy replay, the benchmark, and the reports.',
  );
  return addOptions(command, OPTIONS)
    .addHelpText('after', '\nExample:\n  matchstream run --seed 42 --report reports/first')
    .action(async (options: ValuesOf<typeof OPTIONS>) => {
      checkProgressOptions(command);
      checkAbort(command);
      checkWebOptions(command);
      const [{ runMainJob }, { showingProgress }] = await Promise.all([
        import('../runs/mainJob.ts'),
        import('../../src/service/progressDisplay.ts'),
      ]);
      const measured = await benchmarks();
      process.exitCode = await showingProgress(options, (progress) =>
        showingWeb(options, 'run', (board) => runMainJob({ ...options, progress, board }, measured)),
      );
    });
}
