/**
 * `matchstream run`: what it accepts. The work, and the benchmarks it is given, are loaded when it runs.
 */
import { Command, Option } from 'commander';
import type { Benchmarks, RunOptions } from '../runs/mainJob.ts';
import { addTransportOption } from './options.ts';
import { MODES } from '../session/startTask.ts';

/** @param benchmarks loads the benchmarks; the harness itself never imports them */
export function buildRunCommand(benchmarks: () => Promise<Benchmarks>): Command {
  const command = new Command('run')
    .description(
      'The main job: three clients live, a recording, its lossy replay, the benchmark, and the reports.',
    )
    .addOption(
      new Option('--mode <how>', 'where server, proxy and clients run').choices(MODES).default('processes'),
    )
    .option('--seed <text>', 'seed of the match and of the schedule; drawn and printed when not given')
    .option('--report <dir>', 'folder for everything it writes (default: a new one in reports/)')
    .option('--short', 'fewer and shorter measurements: for a quick look, and for CI', false);
  return addTransportOption(command)
    .addHelpText('after', '\nExample:\n  matchstream run --seed 42 --report reports/first')
    .action(async (options: RunOptions) => {
      const { runMainJob } = await import('../runs/mainJob.ts');
      process.exitCode = await runMainJob(options, await benchmarks());
    });
}
