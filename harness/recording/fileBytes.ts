/**
 * The uncompressed bytes of a file, in pieces. gzip is recognised by the first two bytes, not by the name.
 *
 * It knows nothing of recordings.
 */
import type { FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { EnvironmentError, UsageError } from '../../src/base/errors.ts';
import { NO_PROGRESS } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { openInput } from '../../src/files/inputs.ts';
import { plainReason } from '../../src/files/reason.ts';
import { PIECE_BYTES } from './lines.ts';
import type { Lines } from './lines.ts';
import { ZlibPump } from './zlibPump.ts';

/** Assumed ratio of text to the size of a gzip file. */
const INFLATION = 8;
const GUNZIP_PIECE_BYTES = 1 << 14;
/** On an error, zlib discards the output of the piece at fault: pieces are small if frames are to be recovered. */
const RECOVER_PIECE_BYTES = 1 << 8;

/** The gzip container is damaged: nothing after the bytes read so far can be read. */
export class DamagedContainer extends Error {
  override readonly name = 'DamagedContainer';
}

export interface Source {
  readonly compressed: boolean;
  /** Size of the file without compression when it was opened, bytes: of a compressed one a guess. */
  readonly textBytes: number;
  /** Reads the next piece into `lines`; returns its length, 0 at the end. Throws DamagedContainer. */
  readInto(lines: Lines): Promise<number>;
  /**
   * Identity, length and modification time of the file: if they are the same later, so are the bytes.
   */
  state(): Promise<string>;
  /** May be called more than once. */
  close(): Promise<void>;
}

async function openFile(path: string): Promise<FileHandle> {
  const file = await openInput(path);
  if (!file.ok) throw new UsageError('file-unreadable', path, `expected a readable file, got ${file.reason}`);
  return file.value;
}

/**
 * Opens a file.
 * @param recover read a damaged gzip file in small pieces, to get as close to the damage as possible
 * @param progress is told how much of the file has been read, until it is closed
 */
export async function openSource(
  path: string,
  recover: boolean,
  progress: Progress = NO_PROGRESS,
): Promise<Source> {
  const file = await openFile(path);
  let fileBytes = 0;
  let readBytes = 0;
  const endStep = progress.begin(`reading ${path}`, () => {
    const of = fileBytes === 0 ? null : fileBytes;
    return { done: readBytes, of, unit: 'bytes', counts: {} };
  });
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    endStep();
    await file.close();
  };
  const trying = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      await close();
      throw new EnvironmentError(
        'read-failed',
        `cannot read ${path}: ${plainReason(cause)}; check the disk`,
        { cause },
      );
    }
  };
  const readRaw = async (target: Buffer, at: number, maxBytes: number): Promise<number> => {
    const { bytesRead } = await trying(file.read(target, at, maxBytes, null));
    readBytes += bytesRead;
    return bytesRead;
  };
  const state = async (): Promise<string> => {
    const { dev, ino, size, mtimeNs } = await trying(file.stat({ bigint: true }));
    return [dev, ino, size, mtimeNs].join(' ');
  };
  fileBytes = (await trying(file.stat())).size;
  const magic = Buffer.alloc(2);
  await trying(file.read(magic, 0, 2, 0));
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) {
    // The next piece is read while the one before it is looked at.
    const ahead = Buffer.allocUnsafeSlow(PIECE_BYTES);
    let reading = readRaw(ahead, 0, PIECE_BYTES);
    reading.catch(() => undefined);
    const readInto = async (lines: Lines): Promise<number> => {
      const sizeBytes = await reading;
      ahead.copy(lines.bytes, lines.makeRoom(), 0, sizeBytes);
      lines.add(sizeBytes);
      if (sizeBytes > 0) {
        reading = readRaw(ahead, 0, PIECE_BYTES);
        reading.catch(() => undefined);
      }
      return sizeBytes;
    };
    return { compressed: false, textBytes: fileBytes, readInto, state, close };
  }
  const pump = new ZlibPump(createGunzip({ chunkSize: 1 << 16 }));
  const packed = Buffer.allocUnsafeSlow(recover ? RECOVER_PIECE_BYTES : GUNZIP_PIECE_BYTES);
  const ready: Uint8Array[] = [];
  let ended = false;
  const readInto = async (lines: Lines): Promise<number> => {
    while (ready.length === 0 && !ended) {
      const sizeBytes = await readRaw(packed, 0, packed.length);
      try {
        if (sizeBytes === 0) {
          ended = true;
          await pump.end();
        } else await pump.write(packed.subarray(0, sizeBytes));
      } catch (cause) {
        const ends = (cause as { code?: unknown }).code === 'Z_BUF_ERROR';
        throw new DamagedContainer(
          ends
            ? 'expected more gzip data, got the end of the file: the gzip file is truncated'
            : `expected sound gzip data, got "${plainReason(cause)}": the gzip file is damaged`,
          { cause },
        );
      }
      ready.push(...pump.take());
    }
    const piece = ready.shift();
    if (piece === undefined) return 0;
    lines.bytes.set(piece, lines.makeRoom());
    lines.add(piece.length);
    return piece.length;
  };
  return {
    compressed: true,
    textBytes: fileBytes * INFLATION,
    readInto,
    state,
    close: async () => {
      pump.close();
      await close();
    },
  };
}

/** Reads more bytes into `lines`; returns how many, 0 at the end, or the reason of a failure. */
export const readPiece = async (source: Source, lines: Lines): Promise<number | string> => {
  try {
    return await source.readInto(lines);
  } catch (cause) {
    if (cause instanceof DamagedContainer) return cause.message;
    throw cause;
  }
};
