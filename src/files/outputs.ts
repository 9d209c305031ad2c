/**
 * Checks the paths of a run's outputs before the run: afterwards it is too late.
 *
 * The checks leave the disk unchanged; only `makeFolder` makes something.
 */
import { lstatSync, mkdirSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { UsageError } from '../base/errors.ts';
import { notWritten, plainReason } from './reason.ts';

/**
 * Checks that a new file can be created. An existing file is not overwritten, and a rename over a device, a pipe or a
 * link would destroy it.
 * @param option the option that names the file
 * @param input the file that the run reads, if any
 * @throws UsageError when the name is taken, EnvironmentError when no file can be created there
 */
export function checkNewFile(path: string, option: string, input?: string): void {
  const taken = kindAt(path);
  if (taken === 'folder') throw notWritten(path, 'it is a folder');
  if (taken !== null && input !== undefined && isSameFile(path, input)) {
    throw new UsageError(
      'output-taken',
      option,
      `expected a file of its own, got ${path}, which is the input; choose another name`,
    );
  }
  if (taken !== null) {
    const remedy = taken === 'file' ? 'choose another name or remove it' : 'choose another name';
    throw new UsageError(
      'output-taken',
      option,
      `expected a new file, got ${path}, which ${taken === 'file' ? 'exists' : `is ${taken}`}; ${remedy}`,
    );
  }
  const why = whyNoFolder(dirname(path));
  if (why !== null) throw notWritten(path, why);
}

/**
 * Checks that a file's path is not one that the run will use for a folder.
 * @param folders the folders that the run will make, by option
 * @throws UsageError when a folder has the name, or lies below it
 */
export function checkNoFolder(
  path: string,
  option: string,
  folders: Readonly<Record<string, string | undefined>>,
): void {
  for (const [other, folder] of Object.entries(folders)) {
    if (folder === undefined || !`${resolve(folder)}${sep}`.startsWith(`${resolve(path)}${sep}`)) continue;
    throw new UsageError(
      'output-taken',
      option,
      `expected a file's name, got ${path}, where ${other} has its folder; choose another name`,
    );
  }
}

/**
 * Why the folder cannot be used, in plain words; null when it is writable or can be made. Checking permissions is not
 * enough: the superuser has them everywhere, yet nothing can be made below /proc.
 */
export function whyNoFolder(folder: string): string | null {
  let place = resolve(folder);
  for (;;) {
    try {
      if (lstatSync(place, { throwIfNoEntry: false }) === undefined && place !== dirname(place)) {
        place = dirname(place);
        continue;
      }
      if (!statSync(place).isDirectory()) return 'a part of the path is a file, not a folder';
      rmdirSync(mkdtempSync(join(place, '.matchstream-')));
      return null;
    } catch (cause) {
      return plainReason(cause);
    }
  }
}

/** Makes a folder and its parents. Node's recursive `mkdir` never returns below /proc. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (cause) {
    if (kindAt(path, statSync) === 'folder') return;
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    makeFolder(dirname(path));
    makeOne(path);
  }
}

/** Makes one folder; another process may make the same one at the same time. */
function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (cause) {
    if (kindAt(path, statSync) !== 'folder') throw cause;
  }
}

type Kind = 'file' | 'folder' | 'a link' | 'a device or a pipe';

/**
 * The kind of file at a path; null when nothing is there or it cannot be determined: then creating the file will fail.
 */
export function kindAt(path: string, look: typeof lstatSync | typeof statSync = lstatSync): Kind | null {
  try {
    const there = look(path);
    if (there.isFile()) return 'file';
    if (there.isDirectory()) return 'folder';
    return there.isSymbolicLink() ? 'a link' : 'a device or a pipe';
  } catch {
    return null;
  }
}

function isSameFile(path: string, other: string): boolean {
  try {
    const [one, two] = [statSync(path, { bigint: true }), statSync(other, { bigint: true })];
    return one.dev === two.dev && one.ino === two.ino;
  } catch {
    return false;
  }
}
