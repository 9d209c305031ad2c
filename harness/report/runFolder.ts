/**
 * A run's folder: created once, never shared with another run, and holding everything the run writes.
 */
import { readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError, InterruptedError, UsageError } from '../../src/base/errors.ts';
import { makeFolder } from '../../src/files/outputs.ts';
import { codeFor, plainReason, remedyFor } from '../../src/files/reason.ts';
import { interruptible } from '../../src/service/signals.ts';

/** The default name of a run's folder: the command and the time. */
export function defaultRunFolder(what: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:.]/g, '').slice(0, 18);
  return join('reports', `${what}-${stamp}`);
}

/**
 * Creates the folder of a run.
 * @throws UsageError if it exists and is not empty, EnvironmentError if it cannot be created
 */
export function makeRunFolder(path: string, option: string): string {
  try {
    makeFolder(path);
    if (readdirSync(path).length === 0) return path;
  } catch (cause) {
    throw new EnvironmentError(
      codeFor(plainReason(cause)),
      `cannot make the folder ${path} (${plainReason(cause)}); ${remedyFor(plainReason(cause))}`,
      { cause },
    );
  }
  throw new UsageError(
    'output-taken',
    option,
    `expected an empty or new folder, got ${path}, which has files; choose another`,
  );
}

/**
 * Calls `work` with a new folder for a run, and removes the folder if the work fails before it has written anything.
 * @param given the folder of `--report`; undefined for the default name
 * @param work may be interrupted by the signal it gets
 * @throws what makeRunFolder and `work` throw; an interrupt that left files names the folder
 */
export function inReportFolder<T>(
  given: string | undefined,
  command: string,
  work: (folder: string, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return interruptible(async (signal) => {
    const folder = makeRunFolder(given ?? defaultRunFolder(command, new Date()), '--report');
    try {
      return await work(folder, signal);
    } catch (cause) {
      const isGone = removeIfEmpty(folder);
      if (cause instanceof InterruptedError && !isGone) throw new InterruptedError(cause.signal, folder);
      throw cause;
    }
  });
}

/** Removes the folder if it is empty; files that were written are kept for the user. */
function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    // It is not empty, or cannot be removed: the failure of the work is the one to report.
    return false;
  }
}
