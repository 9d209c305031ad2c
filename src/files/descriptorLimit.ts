/**
 * The limit of open files and sockets of this process, and the error when it is reached.
 *
 * The limit is read when the module is loaded: once it is reached, no file can be opened to read it.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { EnvironmentError } from '../base/errors.ts';

const LIMIT = readLimit();
/** Enough for every command with its defaults; a shell's own default is 1024 or more. */
const ENOUGH = 1024;
/** With this many descriptors, every module of the program can be loaded. */
const SCARCE = 128;

/** The soft limit; null where it is unknown. */
function readLimit(): number | null {
  try {
    const found = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return found === null ? null : Number(found[1]);
  } catch {
    // Not Linux.
    return null;
  }
}

/** Number of files and sockets that this process may have open; Infinity where it is unknown. */
export const maxDescriptors = (): number => LIMIT ?? Number.POSITIVE_INFINITY;

/** Keeps a descriptor for later, however many are taken by then. Returns the function that frees it, once. */
export function reserveDescriptor(): () => void {
  let descriptor: number;
  try {
    descriptor = openSync(devNull, 'r');
  } catch {
    // Whoever needs it will say so.
    return () => undefined;
  }
  let isKept = true;
  return () => {
    if (isKept) closeSync(descriptor);
    isKept = false;
  };
}

const PROCESS_IS_FULL = 'EMFILE';
const SYSTEM_IS_FULL = 'ENFILE';
/** Node's error code for a package whose package.json it could not open. */
const NOT_FOUND = 'ERR_MODULE_NOT_FOUND';

/** The codes of an error and of its causes. */
function codesOf(cause: unknown): string[] {
  const codes: string[] = [];
  for (let one = cause; one instanceof Error && codes.length < MAX_CAUSES; one = one.cause)
    codes.push(String((one as NodeJS.ErrnoException).code ?? ''));
  return codes;
}

/** Bounds the loop: an error may be its own cause. */
const MAX_CAUSES = 8;

/** Why nothing more can be opened, and the remedy. @param code the system's error code */
export function describeShortage(code: string, limit: number | null = LIMIT): string {
  if (code === SYSTEM_IS_FULL)
    return 'the whole system has as many files and sockets open as it may; end other programs';
  const of = limit === null ? 'on' : `of ${limit}`;
  return `the limit ${of} open files and sockets is too low for this; raise it with ulimit -n ${Math.max(ENOUGH, 4 * (limit ?? ENOUGH))}`;
}

export const isShortage = (code: string): boolean => code === PROCESS_IS_FULL || code === SYSTEM_IS_FULL;

/**
 * A failure caused by too few descriptors, however it was wrapped, as an EnvironmentError of one line that gives the
 * limit; null for any other failure.
 * @param limit the current limit; tests pass their own
 */
export function shortageOf(cause: unknown, limit: number | null = LIMIT): EnvironmentError | null {
  const codes = codesOf(cause);
  const isHidden = codes.includes(NOT_FOUND) && limit !== null && limit < SCARCE;
  const code = codes.find(isShortage) ?? (isHidden ? PROCESS_IS_FULL : null);
  return code === null
    ? null
    : new EnvironmentError('too-many-open-files', describeShortage(code, limit), { cause });
}
