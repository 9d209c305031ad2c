/**
 * `matchstream report`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { addOptions } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import { PROGRESS_OPTIONS, checkProgressOptions, reporter } from './options.ts';

export const REPORT_OPTIONS = { reporter: reporter(), ...PROGRESS_OPTIONS };

export function buildReportCommand(): Command {
  const command = new Command('report')
    .description('Draw a report again from the tables of its folder, and say its verdict.')
    .argument('<folder>', 'the folder of a run, as --report named it');
  return addOptions(command, REPORT_OPTIONS)
    .addHelpText(
      'after',
      '\nExample:\n  matchstream report reports/first --reporter junit\n' +
        '\nThe tables stay as they are; what is drawn from them is replaced. The exit code is that of the verdict: 0, or 1.',
    )
    .action(async (folder: string, options: ValuesOf<typeof REPORT_OPTIONS>) => {
      checkProgressOptions(command);
      const [{ runReportCommand }, { showingProgress }] = await Promise.all([
        import('./reportRun.ts'),
        import('../../src/service/progressDisplay.ts'),
      ]);
      process.exitCode = await showingProgress({ ...options, atOnce: true }, (progress) =>
        runReportCommand(folder, options, progress),
      );
    });
}
