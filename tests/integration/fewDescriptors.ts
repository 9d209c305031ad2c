/** Runs the program where a process may have few files open. */
import { spawn } from 'node:child_process';
import * as assert from 'uvu/assert';
import { SHELL_WORD, assertRefused, ended } from './program.ts';
import type { Ended } from './program.ts';

/** Long enough for the main job on a busy machine. */
const LIMIT_MS = 240_000;

export const runWith = (limit: number, line: string, cwd: string): Promise<Ended> =>
  ended(
    spawn('bash', ['-c', `ulimit -n ${limit}; exec ${SHELL_WORD} ${line}`], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
    LIMIT_MS,
  );

/** One line that names the limit, and nothing else. */
export const assertTooFew = (run: Ended, limit: number): void =>
  assertRefused(run, 3, ` ${limit} `, 'ulimit -n');

/** It either does its work, or says that the limit is too low. */
export function assertWorkedOrTooFew(run: Ended, limit: number): void {
  if (run.code === 0) assert.is(run.stderr.replaceAll(/^warning: .*\n/gm, ''), '');
  else assertTooFew(run, limit);
}
