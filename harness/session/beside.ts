/**
 * Runs a program of the user's beside this one, at the same terminal, and ends it when it is asked to.
 *
 * An edge module. The program stays in this process's group: so Ctrl+C reaches it by itself, and it can read what is
 * typed. It is ended by its own number; what it forked itself is its own to end.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { EnvironmentError, UsageError } from '../../src/base/errors.ts';
import { plainReason } from '../../src/files/reason.ts';
import { startTimer } from '../../src/net/timer.ts';

export interface Beside {
  /**
   * Its exit code; 128 and the signal's number where it died of one. Rejects with a UsageError for a program that cannot be
   * run, with an EnvironmentError where the machine would not start it.
   */
  readonly done: Promise<number>;
  /** Asks it to end, and kills it where it does not. @param afterMs how long it may end by itself first */
  end(afterMs: number): void;
}

/** After it was asked, a program may take so long before it is killed. */
const KILL_AFTER_MS = 5000;
/** What the system says of a file that is no program. */
const NO_PROGRAM: readonly (string | undefined)[] = ['ENOENT', 'EACCES', 'ENOTDIR', 'ENOEXEC', 'EISDIR'];

/** @param words the program and its arguments, no shell between @param env variables on top of this process's own */
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
      // Of one that runs, it is a signal that could not be sent: how it ends is told by its end.
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
