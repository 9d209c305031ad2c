/**
 * Runs `matchstream report`: reads a run's folder, draws what is drawn from it, and says the verdict.
 */
import { basename, join, resolve } from 'node:path';
import { EXIT, UsageError } from '../../src/base/errors.ts';
import { readSmallFile } from '../../src/files/inputs.ts';
import { kindAt } from '../../src/files/outputs.ts';
import { print } from '../../src/files/terminal.ts';
import { throwUnwritten } from '../../src/files/unwritten.ts';
import { expectationLines } from '../report/closing.ts';
import { runModelOf } from '../report/model/runModel.ts';
import { isWrong } from '../report/model/verdict.ts';
import { writeTwins } from '../report/runReport.ts';
import { TABLE_NAMES } from '../report/tables.ts';
import { UNREAD, during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { tellVerdict } from '../report/tellVerdict.ts';
import type { REPORT_OPTIONS } from './reportCommand.ts';
import type { ValuesOf } from './declare.ts';

/** A longer file would not fit into memory as text. */
const MAX_BYTES = 512 * 2 ** 20;

/** Returns the exit code. @throws UsageError for a folder that is no report */
export async function runReportCommand(
  folder: string,
  { reporter }: ValuesOf<typeof REPORT_OPTIONS>,
  progress: Progress,
): Promise<number> {
  const model = await during(progress, 'reading the tables', UNREAD, async () =>
    runModelOf(readFiles(folder), basename(resolve(folder))),
  );
  const unwritten = await during(progress, 'drawing the report', UNREAD, () =>
    writeTwins(folder, model, reporter),
  );
  print(...expectationLines(model));
  print(`report: ${folder}`);
  tellVerdict(model);
  throwUnwritten(unwritten);
  return isWrong(model.verdict) ? EXIT.mismatch : EXIT.match;
}

/** The files that a run's model is made of, by name. */
function readFiles(folder: string): Map<string, string> {
  const names = [...TABLE_NAMES.map((name) => `${name}.csv`), 'environment.json'];
  const texts = new Map<string, string>();
  for (const name of names) {
    const path = join(folder, name);
    if (kindAt(path) === null) continue;
    const text = readSmallFile(path, MAX_BYTES);
    if (!text.ok)
      throw new UsageError('file-unreadable', path, `expected a readable file, got ${text.reason}`);
    texts.set(name, text.value);
  }
  if (texts.size > 0) return texts;
  throw new UsageError(
    'file-unreadable',
    folder,
    'expected the folder of a run, with tables or environment.json, got one without; give what --report named',
  );
}
