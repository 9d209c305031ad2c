/**
 * Runs `matchstream report`: reads a run's folder, draws what is drawn from it, and says the verdict.
 */
import { EXIT } from '../../src/base/errors.ts';
import { print } from '../../src/files/terminal.ts';
import { throwUnwritten } from '../../src/files/unwritten.ts';
import { expectationLines } from '../report/closing.ts';
import { isWrong } from '../report/model/verdict.ts';
import { writeTwins } from '../report/runReport.ts';
import { readRunModel } from '../report/readRunModel.ts';
import { UNREAD, during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { tellVerdict } from '../report/tellVerdict.ts';
import type { REPORT_OPTIONS } from './reportCommand.ts';
import type { ValuesOf } from './declare.ts';

/** Returns the exit code. @throws UsageError for a folder that is no report */
export async function runReportCommand(
  folder: string,
  { reporter }: ValuesOf<typeof REPORT_OPTIONS>,
  progress: Progress,
): Promise<number> {
  const model = await during(progress, 'reading the tables', UNREAD, async () => readRunModel(folder));
  const unwritten = await during(progress, 'drawing the report', UNREAD, () =>
    writeTwins(folder, model, reporter),
  );
  print(...expectationLines(model));
  print(`report: ${folder}`);
  tellVerdict(model);
  throwUnwritten(unwritten);
  return isWrong(model.verdict) ? EXIT.mismatch : EXIT.match;
}
