/**
 * A run's folder: made once, never shared with another run, and everything the run writes is in it.
 *
 * An edge module.
 */
import { readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError, InterruptedError, UsageError } from '../../src/base/errors.ts';
import { makeFolder } from '../../src/files/outputs.ts';
import { codeFor, plainReason, remedyFor } from '../../src/files/reason.ts';
import { interruptible } from '../../src/service/signals.ts';

/** A name for a run that was given none: what it did and when. */
export function defaultRunFolder(what: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:.]/g, '').slice(0, 18);
  return join('reports', `${what}-${stamp}`);
}

/**
 * Makes the folder of a run.
 * @throws UsageError when there is something in it already, EnvironmentError when it cannot be made
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
 * Calls `work` with a new folder for a run, and takes the folder away again when the work fails before it wrote anything.
 * @param given the folder of `--report`; undefined for one that is named after the command
 * @param work may be interrupted: its signal says so
 * @throws what makeRunFolder and `work` throw; an interrupt that left something says where
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

/** What has been written is for the user to look at; an empty folder says nothing. */
function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    // It is not empty, or it cannot be removed: the failure that led here is the one to tell.
    return false;
  }
}
