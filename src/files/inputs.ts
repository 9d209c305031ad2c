/**
 * Files that the user names for reading, whatever has the name: never a wait that nothing ends, never more than asked
 * for, and a reason in plain words where there is nothing to read.
 *
 * An edge module. It takes files only. A pipe can be read but once, and may never end; a device has no end, or does
 * something when it is opened.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { decoded, refused } from '../base/errors.ts';
import type { Decoded } from '../base/errors.ts';
import { shortageOf } from './descriptorLimit.ts';
import { plainReason } from './reason.ts';

// What was a file a moment ago may be a pipe by now, which must not be waited for; Windows has no such flags.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const PIECE_BYTES = 1 << 16;
const MIB = 2 ** 20;

/** What is there instead of a file, and what to do; null for a file. */
function notAFile(there: Stats): string | null {
  if (there.isFile()) return null;
  if (there.isDirectory()) return "a folder; give the file's own path";
  if (there.isFIFO()) return 'a pipe; write what it gives to a file first';
  return there.isSocket() ? 'a socket; give a file' : 'a device; give a file';
}

/** @throws EnvironmentError where nothing more can be opened: no other file would help */
function notReadable(cause: unknown): string {
  const shortage = shortageOf(cause);
  if (shortage !== null) throw shortage;
  return `none (${plainReason(cause)}); check the path and its permissions`;
}

/**
 * The text of a small file, UTF-8. A refusal says what there is instead of a readable file, and what to do.
 * @param maxBytes more is refused, and not read: whole MiB
 * @throws EnvironmentError when this process may open no more files
 */
export function readSmallFile(path: string, maxBytes: number): Decoded<string> {
  let descriptor: number | undefined;
  try {
    // Asked before it is opened: opening a device can do something.
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

/** All there is, however the size that was told; null when that is more than `maxBytes`. */
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
 * Opens a file of any size. A refusal says what there is instead of a readable file, and what to do.
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
