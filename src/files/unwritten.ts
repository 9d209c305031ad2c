/**
 * What could not be written at the end of a run. Files are written last, so a full disk must not cost the figures: they are
 * told first, and the failures after them.
 */
import { EnvironmentError } from '../base/errors.ts';
import type { EnvironmentCode } from '../base/errors.ts';
import type { Log } from './logFile.ts';
import { complain } from './terminal.ts';

/** A file that could not be written, as plain data, which a process can hand to its parent. */
export interface Unwritten {
  readonly code: EnvironmentCode;
  /** One line: the path, why, what to do. */
  readonly message: string;
}

/** Does one of a run's last writes. @returns its failure, if any @throws anything but an EnvironmentError */
export async function tryWriting(write: () => void | Promise<void> | undefined): Promise<Unwritten[]> {
  try {
    await write();
    return [];
  } catch (cause) {
    if (!(cause instanceof EnvironmentError)) throw cause;
    return [{ code: cause.code, message: cause.message }];
  }
}

/** What is missing from a log that is closed. */
export const unwrittenOf = ({ complaint }: Log): Unwritten[] =>
  complaint === null ? [] : [{ code: 'write-failed', message: complaint }];

/** Failures that are printed one by one; a full disk has one for each file. */
const MAX_PRINTED = 8;

/**
 * To be called when everything else is told: prints all failures but the last, which the program prints.
 * @param failure what failed besides; it is then the last
 * @throws EnvironmentError, if there is any
 */
export function throwUnwritten(
  unwritten: readonly Unwritten[],
  failure: EnvironmentError | null = null,
): void {
  const others = failure === null ? unwritten.slice(0, -1) : unwritten;
  for (const { message } of others.slice(0, MAX_PRINTED)) complain(`error: ${message}`);
  const more = others.length - MAX_PRINTED;
  if (more > 0) complain(`error: ${more} more files were not written`);
  if (failure !== null) throw failure;
  const last = unwritten.at(-1);
  if (last !== undefined) throw new EnvironmentError(last.code, last.message);
}
