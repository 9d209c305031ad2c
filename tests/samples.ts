/**
 * Makes the committed sample reports again, each by the command that reports/README.md shows: `npm run samples`.
 *
 * On a quiet machine, for their times are its own. A sample is replaced only when its command has ended with 0; until then
 * the one before stays beside it. Exit code 3 when nothing is built, 1 when a command fails. Nothing is waited for without a
 * bound.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findCommandLines } from './house/docs.ts';

const ROOT = join(import.meta.dirname, '..');
const PROGRAM = join(ROOT, 'dist/harness/cli/main.js');
const LIMIT_MS = 5 * 60_000;

/** Makes one, and says whether it was made. */
function make(words: readonly string[]): boolean {
  const folder = join(ROOT, words[words.indexOf('--report') + 1] as string);
  const former = `${folder}.former`;
  rmSync(former, { recursive: true, force: true });
  if (existsSync(folder)) renameSync(folder, former);
  const { status } = spawnSync(process.execPath, [PROGRAM, ...words], {
    cwd: ROOT,
    stdio: 'inherit',
    timeout: LIMIT_MS,
  });
  if (status === 0) rmSync(former, { recursive: true, force: true });
  else {
    rmSync(folder, { recursive: true, force: true });
    if (existsSync(former)) renameSync(former, folder);
    process.stderr.write(`matchstream ${words.join(' ')} ended with ${status}; the former sample stays\n`);
  }
  return status === 0;
}

if (existsSync(PROGRAM)) {
  const page = readFileSync(join(ROOT, 'reports/README.md'), 'utf8');
  process.exitCode = findCommandLines(page).every(({ words }) => make(words)) ? 0 : 1;
} else {
  process.stderr.write('nothing is built; npm run build\n');
  process.exitCode = 3;
}
