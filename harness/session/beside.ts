/**
 * Runs a user's program beside this one, at the same terminal, and ends it on request.
 *
 * The program stays in this process's group, so Ctrl+C reaches it, and it can read the terminal. It is ended by its
 * process id; processes that it has started itself are not ended.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { EnvironmentError, UsageError } from '../../src/base/errors.ts';
import { plainReason } from '../../src/files/reason.ts';
import { startTimer } from '../../src/net/timer.ts';

export interface Beside {
  /**
   * Its exit code; 128 plus the signal's number if a signal ended it. Rejects with a UsageError for a program that cannot
   * be run, with an EnvironmentError if the system could not start it.
   */
  readonly done: Promise<number>;
  /** Asks it to end, and kills it if it does not. @param afterMs time for it to end by itself before it is asked */
  end(afterMs: number): void;
}

/** Time from asking a program to end until it is killed. */
const KILL_AFTER_MS = 5000;
/** Error codes of the system for a file that is not a program. */
const NO_PROGRAM: readonly (string | undefined)[] = ['ENOENT', 'EACCES', 'ENOTDIR', 'ENOEXEC', 'EISDIR'];

/** @param words the program and its arguments, without a shell @param env variables added to this process's own */
export function startBeside(words: readonly string[], env: Readonly<Record<string, string>>): Beside {
  const [program = '', ...args] = words;
  let child: ChildProcess;
  try {
    child = spawn(program, args, { env: { ...process.env, ...env }, stdio: 'inherit' });
  } catch (cause) {
    return { done: Promise.reject(notStarted(program, cause)), end: () => undefined };
  }
  const kill = (): void => void child.kill('SIGKILL');
  process.on('exit', kill);
  const timers: (() => void)[] = [];
  const done = new Promise<number>((resolve, reject) => {
    child.on('error', (cause) => {
      // If it is running, the error is a signal that could not be sent, and its exit says how it ended.
      if (child.pid === undefined) reject(notStarted(program, cause));
    });
    child.on('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  }).finally(() => {
    process.off('exit', kill);
    for (const callOff of timers) callOff();
  });
  return {
    done,
    end(afterMs) {
      const ask = (): void => {
        child.kill('SIGTERM');
        timers.push(startTimer(kill, KILL_AFTER_MS));
      };
      timers.push(startTimer(ask, afterMs));
    },
  };
}

function notStarted(program: string, cause: unknown): Error {
  const what = `${JSON.stringify(program)} (${plainReason(cause)})`;
  return NO_PROGRAM.includes((cause as NodeJS.ErrnoException).code)
    ? new UsageError(
        'program-not-found',
        '--',
        `expected a program that can be run, got ${what}; check its path`,
        { cause },
      )
    : new EnvironmentError('not-started', `--: cannot start ${what}; try again when the machine has room`, {
        cause,
      });
}
