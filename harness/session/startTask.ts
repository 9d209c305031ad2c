/**
 * Starts a task in this process or in a child process, as the mode says, with the same results.
 */
import { EnvironmentError } from '../../src/base/errors.ts';
import { startTimer } from '../../src/net/timer.ts';
import type { Running, Task } from './tasks.ts';

export type Mode = 'in-process' | 'processes';
export const MODES: readonly Mode[] = ['processes', 'in-process'];

/** @param forked for a child process: receives a function that ends it while it is starting */
export async function startTask<Role extends Task['role']>(
  mode: Mode,
  task: Task<Role>,
  forked?: (kill: () => void) => void,
): Promise<Running<Role>> {
  if (mode === 'processes') {
    const { spawnTask } = await import('./spawn.ts');
    return spawnTask<Role>(task, forked);
  }
  const { startHere } = await import('./roles.ts');
  return startHere<Role>(task);
}

/**
 * Waits for a promise, with a time limit.
 * @param signal ends the wait early
 * @throws EnvironmentError, naming what was waited for, when the time is up; the signal's reason if it was aborted
 */
export async function within<T>(
  promise: Promise<T>,
  limitMs: number,
  what: string,
  signal: AbortSignal | null = null,
): Promise<T> {
  signal?.throwIfAborted();
  const ends: (() => void)[] = [];
  const early = new Promise<never>((_resolve, reject) => {
    const late = `${what} did not end within ${Math.round(limitMs / 1000)} s; it was stopped`;
    ends.push(startTimer(() => reject(new EnvironmentError('timed-out', late)), limitMs));
    const abort = (): void => reject(signal?.reason as Error);
    signal?.addEventListener('abort', abort);
    ends.push(() => signal?.removeEventListener('abort', abort));
  });
  try {
    return await Promise.race([promise, early]);
  } finally {
    for (const end of ends) end();
  }
}
