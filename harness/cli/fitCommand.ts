/**
 * `matchstream fit`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { linesOf } from '../../src/base/escape.ts';
import { writeAtomicFile } from '../../src/files/atomicFile.ts';
import { checkNewFile } from '../../src/files/outputs.ts';
import { complain, print, printJson } from '../../src/files/terminal.ts';
import { MAX_COUNT } from '../fit/receivedCounts.ts';
import { addOptions, choice, text, whole } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import { PROGRESS_OPTIONS, checkProgressOptions, figuresAsJson } from './options.ts';
import { protocolOption } from './protocolOptions.ts';

const OPTIONS = {
  client: whole(
    '--client <n>',
    'this client only, of a capture or a proxy this flow (default: each, and all pooled)',
    0,
    MAX_COUNT,
  ),
  last: whole(
    '--last <n>',
    'the last count of the stream, so that losses at the end show (default: the highest that is known of each)',
    1,
    MAX_COUNT,
  ),
  protocol: protocolOption(
    '--protocol',
    'what numbers the datagrams of a recording or a capture, as for inspect (default: matchstream and rtp are recognised)',
  ),
  at: choice('--at <place>', "of a proxy's list what came in, or what left (default: exit)", [
    'entry',
    'exit',
  ]),
  out: text('--out <file>', 'write the models of both directions as a scenario file, for --scenario'),
  json: figuresAsJson(),
  ...PROGRESS_OPTIONS,
};

export function buildFitCommand(): Command {
  const command = new Command('fit')
    .description('Fit a bursty loss model to what arrived, and print the flags that replay it.')
    .argument(
      '<arrivals>',
      'what --arrivals wrote, of a replay or a proxy; a report folder with arrivals.csv; a recording or a capture; plain or gzip',
    );
  return addOptions(command, OPTIONS)
    .addHelpText(
      'after',
      '\nExample:\n  matchstream fit arrivals.csv --last 100000\n  matchstream fit call.pcapng --protocol rtp',
    )
    .action(async (arrivals: string, options: ValuesOf<typeof OPTIONS>) => {
      checkProgressOptions(command);
      const { client, last, protocol, at, out, json } = options;
      if (out !== undefined) checkNewFile(out, '--out', arrivals);
      const [{ fitArrivals }, { formatFits }, { fittedScenario }, { showingProgress }] = await Promise.all([
        import('../fit/fit.ts'),
        import('../fit/fitReport.ts'),
        import('../fit/fittedScenario.ts'),
        import('../../src/service/progressDisplay.ts'),
      ]);
      const say = json ? complain : print;
      const fits = await showingProgress({ ...options, say }, (progress) =>
        fitArrivals(arrivals, client, last, { protocol: protocol ?? null, at, progress }),
      );
      if (json) printJson(fits, 2);
      else print(...linesOf(formatFits(fits)));
      if (out === undefined) return;
      const scenario = fittedScenario(fits);
      writeAtomicFile(out, scenario.text);
      say('', ...scenario.notes.map((note) => `note: ${note}`), `scenario: ${out}`);
    });
}
