/**
 * The uncompressed bytes of a file, piece by piece. Whether it is gzip is told by its first two bytes, never by its name.
 *
 * An edge module: it reads the disk. It knows nothing of recordings.
 */
import type { FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { EnvironmentError, UsageError } from '../../src/base/errors.ts';
import { openInput } from '../../src/files/inputs.ts';
import { plainReason } from '../../src/files/reason.ts';
import { PIECE_BYTES } from './lines.ts';
import { ZlibPump } from './zlibPump.ts';

const GUNZIP_PIECE_BYTES = 1 << 14;
/** zlib throws away what it made of the piece it fails in: when frames are to be recovered, pieces are small. */
const RECOVER_PIECE_BYTES = 1 << 8;

/** The gzip container is damaged: nothing after what has been read can be had. */
export class DamagedContainer extends Error {
  override readonly name = 'DamagedContainer';
}

export interface Source {
  readonly compressed: boolean;
  /** The next piece, 1 to PIECE_BYTES long, valid until the next call; undefined at the end. Throws DamagedContainer. */
  next(): Promise<Uint8Array | undefined>;
  /** May be called more than once. */
  close(): Promise<void>;
}

async function openFile(path: string): Promise<FileHandle> {
  const file = await openInput(path);
  if (!file.ok) throw new UsageError(`${path}: expected a readable file, got ${file.reason}`);
  return file.value;
}

/**
 * Opens a file.
 * @param recover read a damaged gzip file in small pieces, to get as near to the damage as can be
 */
export async function openSource(path: string, recover: boolean): Promise<Source> {
  const file = await openFile(path);
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await file.close();
  };
  const read = async (mostBytes: number): Promise<Uint8Array | undefined> => {
    try {
      const { bytesRead } = await file.read(buffer, 0, mostBytes, null);
      return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
    } catch (cause) {
      await close();
      throw new EnvironmentError(`cannot read ${path}: ${plainReason(cause)}; check the disk`, { cause });
    }
  };
  const magic = Buffer.alloc(2);
  try {
    await file.read(magic, 0, 2, 0);
  } catch (cause) {
    await close();
    throw new EnvironmentError(`cannot read ${path}: ${plainReason(cause)}; check the disk`, { cause });
  }
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) {
    return { compressed: false, next: () => read(PIECE_BYTES), close };
  }
  const pump = new ZlibPump(createGunzip({ chunkSize: 1 << 16 }));
  const ready: Uint8Array[] = [];
  let ended = false;
  const next = async (): Promise<Uint8Array | undefined> => {
    while (ready.length === 0 && !ended) {
      const piece = await read(recover ? RECOVER_PIECE_BYTES : GUNZIP_PIECE_BYTES);
      try {
        if (piece === undefined) {
          ended = true;
          await pump.end();
        } else await pump.write(piece);
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
    return ready.shift();
  };
  return {
    compressed: true,
    next,
    close: async () => {
      pump.close();
      await close();
    },
  };
}
