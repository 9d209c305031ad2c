/**
 * `matchstream fit`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { linesOf } from '../../src/base/escape.ts';
import { complain, print, printJson } from '../../src/files/terminal.ts';
import { MAX_COUNT } from '../fit/receivedCounts.ts';
import { addOptions, whole } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import { PROGRESS_OPTIONS, checkProgressOptions, figuresAsJson } from './options.ts';

const OPTIONS = {
  client: whole('--client <n>', 'this client only (default: each, and all pooled)', 0, MAX_COUNT),
  last: whole(
    '--last <n>',
    'the last count of the stream, so that losses at the end show (default: the highest each client received)',
    1,
    MAX_COUNT,
  ),
  json: figuresAsJson(),
  ...PROGRESS_OPTIONS,
};

export function buildFitCommand(): Command {
  const command = new Command('fit')
    .description('Fit a bursty loss model to the arrivals of a run, and print the flags that replay it.')
    .argument('<arrivals>', 'a file that --arrivals wrote (CSV, plain or gzip)');
  return addOptions(command, OPTIONS)
    .addHelpText('after', '\nExample:\n  matchstream fit arrivals.csv --last 100000')
    .action(async (arrivals: string, options: ValuesOf<typeof OPTIONS>) => {
      checkProgressOptions(command);
      const { client, last, json } = options;
      const [{ fitArrivals }, { formatFits }, { showingProgress }] = await Promise.all([
        import('../fit/fit.ts'),
        import('../fit/fitReport.ts'),
        import('../../src/service/progressDisplay.ts'),
      ]);
      const say = json ? complain : print;
      const fits = await showingProgress({ ...options, say }, (progress) =>
        fitArrivals(arrivals, client, last, progress),
      );
      if (json) printJson(fits, 2);
      else print(...linesOf(formatFits(fits)));
    });
}
