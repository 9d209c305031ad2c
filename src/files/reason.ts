/**
 * Turns errors of the file system into plain words, without error codes or system calls.
 */
import { EnvironmentError } from '../base/errors.ts';
import type { EnvironmentCode } from '../base/errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'files may not be so large here',
  EEXIST: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many files are open',
  ENOENT: 'no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENOTEMPTY: 'it is a folder',
  EPERM: 'no permission',
  EROFS: 'the disk is read-only',
};

/** Reason → remedy. No advice that the reason itself rules out. */
const REMEDIES: Readonly<Record<string, string>> = {
  'no permission': 'choose a folder you can write to',
  'the disk is read-only': 'choose a folder on another disk',
  'the disk is full': 'make room there, or choose a folder with room',
  'the disk quota is used up': 'make room there, or choose a folder on another disk',
  'too many files are open': 'end other programs, or raise the limit with ulimit -n',
  'files may not be so large here': 'raise the limit with ulimit -f, or choose a folder on another disk',
  'the name is too long': 'choose a shorter name',
  'it is a folder': 'choose another name',
  'it is a link': 'choose another name',
  'it is a device or a pipe': 'choose another name',
  'a part of the path is a file, not a folder': 'choose a path of which only the last part is a file',
  'its links lead in a circle': 'choose a path without these links',
  'no such file or folder': 'choose a folder that is there',
};

/** The remedy for a failed write. @param reason as given by `plainReason` */
export const remedyFor = (reason: string): string => REMEDIES[reason] ?? 'choose another folder';

/** Reason → error code; none for reasons without a code of their own. */
const CODES: Readonly<Record<string, EnvironmentCode>> = {
  'no permission': 'no-permission',
  'the disk is read-only': 'disk-read-only',
  'the disk is full': 'disk-full',
  'the disk quota is used up': 'disk-full',
  'too many files are open': 'too-many-open-files',
};

/** The error code of a failed write. @param reason as given by `plainReason` */
export const codeFor = (reason: string): EnvironmentCode => CODES[reason] ?? 'write-failed';

/** The error for a failed write. @param what its path @param reason as given by `plainReason` */
export const notWritten = (what: string, reason: string, cause?: unknown): EnvironmentError =>
  new EnvironmentError(codeFor(reason), `cannot write ${what}: ${reason}; ${remedyFor(reason)}`, { cause });

/**
 * A few words without code, system call or path. The caller names the path: the error may name a temporary one.
 * @param cause the error of a function of `node:fs`
 */
export function plainReason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code = '' } = cause as NodeJS.ErrnoException;
  const known = REASONS[code];
  if (known !== undefined) return known;
  // Node writes `CODE: description, call 'path'`.
  return /^[A-Z][A-Z0-9]+: (.+?), [a-z]+(?: '|$)/.exec(cause.message)?.[1] ?? cause.message;
}
