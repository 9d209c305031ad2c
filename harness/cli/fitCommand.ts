/**
 * `matchstream fit`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { linesOf } from '../../src/base/escape.ts';
import { print, printJson } from '../../src/files/terminal.ts';
import { readInteger } from '../../src/base/quantities.ts';
import type { FitPlan } from '../fit/fit.ts';
import { MAX_COUNT } from '../fit/receivedCounts.ts';

type FitOptions = Omit<FitPlan, 'arrivals'> & { readonly json: boolean };

export function buildFitCommand(): Command {
  return new Command('fit')
    .description('Fit a bursty loss model to the arrivals of a run, and print the flags that replay it.')
    .argument('<arrivals>', 'a file that --arrivals wrote (CSV, plain or gzip)')
    .option('--client <n>', 'this client only (default: each, and all pooled)', (text) =>
      readInteger(text, '--client', 0, MAX_COUNT),
    )
    .option(
      '--last <n>',
      'the last count of the stream, so that losses at the end show (default: the highest each client received)',
      (text) => readInteger(text, '--last', 1, MAX_COUNT),
    )
    .option('--json', 'print every figure as JSON', false)
    .addHelpText('after', '\nExample:\n  matchstream fit arrivals.csv --last 100000')
    .action(async (arrivals: string, { json, ...choice }: FitOptions) => {
      const [{ fitArrivals }, { formatFits }] = await Promise.all([
        import('../fit/fit.ts'),
        import('../fit/fitReport.ts'),
      ]);
      const report = await fitArrivals({ arrivals, ...choice });
      if (json) printJson(report, 2);
      else print(...linesOf(formatFits(report)));
    });
}
