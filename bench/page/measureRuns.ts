/**
 * Runs the program as a user does, once without a page and once with it, on the same recording.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '../../src/base/errors.ts';

/** The built program. */
const PROGRAM = fileURLToPath(new URL('../../harness/cli/main.js', import.meta.url));

/** What of a stream is lost, out of order, repeated and delayed, so that no column of the page is empty. */
const KNOBS = ['--drop', '2%', '--reorder', '1%', '--duplicate', '1%', '--seed', '7'];

export interface RunFigures {
  readonly seconds: number;
  /** Its page; null without one. */
  readonly page: { readonly path: string; readonly sizeBytes: number } | null;
}

/** @param how further options, such as the clock. @param report a new folder */
export function measureRun(
  recording: string,
  how: readonly string[],
  report: string,
  hasPage: boolean,
): RunFigures {
  const reporter = hasPage ? 'html' : 'csv';
  const args = [
    'replay',
    recording,
    '--clients',
    '1',
    ...KNOBS,
    ...how,
    '--reporter',
    reporter,
    '--report',
    report,
  ];
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args, '--quiet'], { encoding: 'utf8' });
  const seconds = (performance.now() - began) / 1e3;
  // A mismatch is the run's matter, not the page's.
  if (status !== 0 && status !== 1) throw new EnvironmentError('bench-failed', `a replay failed: ${stderr}`);
  if (!hasPage) return { seconds, page: null };
  const path = join(report, 'report.html');
  return { seconds, page: { path, sizeBytes: statSync(path).size } };
}
