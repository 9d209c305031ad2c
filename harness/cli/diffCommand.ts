/**
 * `matchstream diff`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { readRatio } from '../../src/base/quantities.ts';
import { addOptions, read, text } from './declare.ts';
import type { ValuesOf } from './declare.ts';

export const DIFF_OPTIONS = {
  threshold: read<number, number>(
    '--threshold <ratio>',
    "the smallest change of a benchmark's median that matters",
    readRatio,
    0.05,
    '5%',
  ),
  out: text('--out <file>', 'write every figure to a new file, by its name a .csv, .md or .html'),
};

export function buildDiffCommand(): Command {
  const command = new Command('diff')
    .description(
      'Compare two reports: exact figures are equal or not; of benchmarks, medians over their runs.',
    )
    .argument('<before>', 'the folder of a run, as --report named it')
    .argument('<after>', 'the folder of another one');
  return addOptions(command, DIFF_OPTIONS)
    .addHelpText(
      'after',
      '\nExample:\n  matchstream bench --runs 8 --report before\n  matchstream diff before after --threshold 5%\n' +
        '\nExit code 0: nothing differs or is worse; 1: otherwise; 2: wrong usage.',
    )
    .action(async (before: string, after: string, options: ValuesOf<typeof DIFF_OPTIONS>) => {
      const { runDiffCommand } = await import('./diffRun.ts');
      process.exitCode = runDiffCommand(before, after, options);
    });
}
