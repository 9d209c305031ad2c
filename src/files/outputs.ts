/**
 * Where a run's outputs may go, found out before the run: afterwards it is too late to say so.
 *
 * An edge module: it looks at the disk, and leaves it as it was, but for `makeFolder`, which says what it does.
 */
import { lstatSync, mkdirSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { UsageError } from '../base/errors.ts';
import { notWritten, plainReason } from './reason.ts';

/**
 * Checks that a file can be made where nothing is yet. Whatever has the name already stays what it is: a file is
 * somebody's, and a device, a pipe or a link that a rename replaced would be gone.
 * @param option what the user called it
 * @param input the file that the run reads, where there is one
 * @throws UsageError when the name is taken, EnvironmentError when no file can be made there
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
 * Checks that a file's name will not be a folder's by the time it is written.
 * @param folders what the run will make, option by option
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
 * Why no folder can be had there, in plain words; null when it is there and writable, or can be made. Asking for the
 * permission is not enough: the superuser has it everywhere, and still nothing can be made below /proc.
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

/** Makes a folder, and those above it. Node's own way of doing that never ends below /proc. */
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

/** Another process may make the same one at the same time. */
function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (cause) {
    if (kindAt(path, statSync) !== 'folder') throw cause;
  }
}

type Kind = 'file' | 'folder' | 'a link' | 'a device or a pipe';

/** What has a name; null when nothing does, and when nobody can tell, which making it will show. */
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
