/**
 * The end of a command with a report: prints the verdict, tells GitHub Actions where it runs there, and gives the exit code.
 */
import { appendFileSync } from 'node:fs';
import { EXIT } from '../../src/base/errors.ts';
import { plainReason } from '../../src/files/reason.ts';
import { complain, print as printOut } from '../../src/files/terminal.ts';
import { verdictLines } from './closing.ts';
import { annotations } from './github.ts';
import type { RunModel } from './model/runModel.ts';
import { isWrong } from './model/verdict.ts';
import { drawSummary } from './twins/summary.ts';

/**
 * @param print where lines go: the standard output, unless it belongs to another program
 * @param environment where GitHub Actions says that it runs
 */
export function tellVerdict(
  model: RunModel,
  print: (...lines: readonly string[]) => void = printOut,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): void {
  if (environment['GITHUB_ACTIONS'] === 'true') print(...annotations(model));
  print(...verdictLines(model));
  const summary = environment['GITHUB_STEP_SUMMARY'];
  if (summary === undefined || summary === '') return;
  try {
    appendFileSync(summary, `${drawSummary(model)}\n`);
  } catch (cause) {
    complain(`note: the job's summary ${summary} was not added to: ${plainReason(cause)}`);
  }
}

/** The exit code of a run: that of the signal that cut it short, else what the verdict says. */
export function exitCodeOf({ verdict, environment }: Pick<RunModel, 'verdict' | 'environment'>): number {
  const interrupted = environment?.interrupted ?? null;
  if (interrupted !== null) return EXIT[interrupted];
  return isWrong(verdict) ? EXIT.mismatch : EXIT.match;
}
