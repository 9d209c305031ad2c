/**
 * Reads files that the user names. It never blocks for ever, never reads more than a limit, and gives a plain reason
 * when there is nothing to read.
 *
 * Only regular files are accepted. A pipe can be read only once and may never end; a device may have no end, or opening
 * it may have side effects.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { decoded, refused } from '../base/errors.ts';
import type { Decoded } from '../base/errors.ts';
import { shortageOf } from './descriptorLimit.ts';
import { plainReason } from './reason.ts';

// The path may have become a pipe since it was checked, and opening that must not block. Windows has no such flags.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const PIECE_BYTES = 1 << 16;
const MIB = 2 ** 20;

/** Why this is no regular file, and what to do; null for a regular file. */
function notAFile(there: Stats): string | null {
  if (there.isFile()) return null;
  if (there.isDirectory()) return "a folder; give the file's own path";
  if (there.isFIFO()) return 'a pipe; write what it gives to a file first';
  return there.isSocket() ? 'a socket; give a file' : 'a device; give a file';
}

/** @throws EnvironmentError when no more files can be opened: another file would not help */
function notReadable(cause: unknown): string {
  const shortage = shortageOf(cause);
  if (shortage !== null) throw shortage;
  return `none (${plainReason(cause)}); check the path and its permissions`;
}

/**
 * The text of a small file, UTF-8. A refusal gives the reason and the remedy.
 * @param maxBytes larger files are refused without being read: whole MiB
 * @throws EnvironmentError when this process may open no more files
 */
export function readSmallFile(path: string, maxBytes: number): Decoded<string> {
  let descriptor: number | undefined;
  try {
    // Checked before it is opened: opening a device can have side effects.
    const other = notAFile(statSync(path));
    if (other !== null) return refused(other);
    descriptor = openSync(path, FLAGS);
    const otherNow = notAFile(fstatSync(descriptor));
    if (otherNow !== null) return refused(otherNow);
    const bytes = readUpTo(descriptor, maxBytes);
    return bytes === null
      ? refused(`one of more than ${maxBytes / MIB} MiB, which is not read; give a smaller one`)
      : decoded(bytes.toString('utf8'));
  } catch (cause) {
    return refused(notReadable(cause));
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Reads to the end whatever size `stat` gave; null for more than `maxBytes`. */
function readUpTo(descriptor: number, maxBytes: number): Buffer | null {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const readBytes = readSync(descriptor, piece, 0, PIECE_BYTES, null);
    if (readBytes === 0) return Buffer.concat(pieces, sizeBytes);
    sizeBytes += readBytes;
    if (sizeBytes > maxBytes) return null;
    pieces.push(piece.subarray(0, readBytes));
  }
}

/**
 * Opens a file of any size. A refusal gives the reason and the remedy.
 * @throws EnvironmentError when this process may open no more files
 */
export async function openInput(path: string): Promise<Decoded<FileHandle>> {
  let file: FileHandle | undefined;
  try {
    const other = notAFile(await stat(path));
    if (other !== null) return refused(other);
    file = await open(path, FLAGS);
    const otherNow = notAFile(await file.stat());
    if (otherNow === null) return decoded(file);
    await file.close();
    return refused(otherNow);
  } catch (cause) {
    await file?.close();
    return refused(notReadable(cause));
  }
}
