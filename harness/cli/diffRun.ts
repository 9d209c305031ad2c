/**
 * Runs `matchstream diff`: reads two folders, compares them, prints what differs, and writes all of it where that is wanted.
 */
import { EXIT, UsageError } from '../../src/base/errors.ts';
import { writeAtomicFile } from '../../src/files/atomicFile.ts';
import { checkNewFile } from '../../src/files/outputs.ts';
import { print } from '../../src/files/terminal.ts';
import { diffRuns, isRegression } from '../diff/diffRuns.ts';
import { DIFF_FORMATS, diffLines } from '../diff/formatDiff.ts';
import { readRunModel } from '../report/readRunModel.ts';
import type { DIFF_OPTIONS } from './diffCommand.ts';
import type { ValuesOf } from './declare.ts';

/** Returns the exit code. @throws UsageError for a folder that is no report, EnvironmentError if the file cannot be written */
export function runDiffCommand(
  before: string,
  after: string,
  { threshold, out }: ValuesOf<typeof DIFF_OPTIONS>,
): number {
  const format = out === undefined ? null : formatFor(out);
  const difference = diffRuns(readRunModel(before), readRunModel(after), threshold);
  print(...diffLines(difference, threshold));
  if (out !== undefined && format !== null) {
    writeAtomicFile(out, format(difference, { before, after }));
    print(`every figure: ${out}`);
  }
  return isRegression(difference) ? EXIT.mismatch : EXIT.match;
}

function formatFor(path: string): (typeof DIFF_FORMATS)[keyof typeof DIFF_FORMATS] {
  const ending = /\.(csv|md|html)$/i.exec(path)?.[1]?.toLowerCase();
  if (ending === undefined)
    throw new UsageError(
      'value-format',
      '--out',
      `expected a name that ends in .csv, .md or .html, got "${path}"`,
    );
  checkNewFile(path, '--out');
  return DIFF_FORMATS[ending as keyof typeof DIFF_FORMATS];
}
