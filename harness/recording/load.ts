/**
 * One flow of a recording, whole, in memory, as columns: what a replay runs from.
 *
 * An edge module. The recording is checked from end to end before anything of it is loaded.
 */
import { UsageError } from '../../src/errors.ts';
import type { RecordingHeader } from './format.ts';
import type { Direction } from './frameBatch.ts';
import { openRecording, verifyRecording } from './reader.ts';
import type { Damage } from './reader.ts';

/** Most memory a loaded flow takes, bytes: its payloads, and 16 bytes a frame. */
export const LOAD_LIMIT_BYTES = 2 ** 31;
const COLUMN_BYTES = 16;

export interface LoadOptions {
  /** Which flow, from 1. Default 1. */
  readonly flow?: number;
  /** Default down. */
  readonly direction?: Direction;
  /** Take the whole frames before any damage. Default false. */
  readonly recover?: boolean;
  /** Refuse what takes more, bytes. Default LOAD_LIMIT_BYTES, which is also the most. */
  readonly limitBytes?: number;
}

export interface LoadedRecording {
  readonly path: string;
  readonly header: RecordingHeader;
  /** Of header and whole frames of the whole recording, 64 hex digits. */
  readonly sha256: string;
  readonly flow: number;
  readonly direction: Direction;
  /** Datagrams of this flow and direction; rows 0 .. count - 1. */
  readonly count: number;
  /** Payloads, one after the other. */
  readonly bytes: Uint8Array;
  /** Row → start in `bytes`. */
  readonly offsets: Uint32Array;
  /** Row → payload length, bytes. */
  readonly lengths: Uint32Array;
  /** Row → offset from the recording's start, whole nanoseconds, never going back. */
  readonly timesNs: Float64Array;
  /** What is wrong with the file; only with `recover`. */
  readonly damage?: Damage;
}

/** Loads one flow. Throws UsageError for a damaged recording, for a flow it does not have and for one too large. */
export async function loadRecording(path: string, options: LoadOptions = {}): Promise<LoadedRecording> {
  const { flow = 1, direction = 'down', recover = false } = options;
  const limitBytes = Math.min(options.limitBytes ?? LOAD_LIMIT_BYTES, LOAD_LIMIT_BYTES);
  const summary = await verifyRecording(path, { recover });
  const { header, sha256, damage } = summary;
  const wanted = summary.flows.find((entry) => entry.flow === flow && entry.direction === direction);
  if (wanted === undefined) {
    const most = 8;
    const found = summary.flows.slice(0, most).map((entry) => `${entry.flow} ${entry.direction}`);
    if (summary.flows.length > most) found.push('…');
    throw new UsageError(
      `${path}: expected datagrams of flow ${flow} ${direction}, got ${found.join(', ') || 'no datagrams'}; choose a flow it has`,
    );
  }
  const { frames: count, payloadBytes } = wanted;
  const neededBytes = payloadBytes + COLUMN_BYTES * count;
  if (neededBytes > limitBytes) {
    throw new UsageError(
      `${path}: expected a flow of at most ${limitBytes} bytes in memory, got ${neededBytes}; record a shorter stream`,
    );
  }
  const bytes = new Uint8Array(payloadBytes);
  const offsets = new Uint32Array(count);
  const lengths = new Uint32Array(count);
  const timesNs = new Float64Array(count);
  const upward = direction === 'up' ? 1 : 0;
  let loaded = 0;
  let usedBytes = 0;
  const recording = await openRecording(path, { recover });
  for await (const batch of recording.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      if (batch.flows[row] !== flow || batch.upward[row] !== upward) continue;
      const start = batch.offsets[row] as number;
      const lengthBytes = batch.lengths[row] as number;
      if (loaded === count || usedBytes + lengthBytes > payloadBytes) throw changed(path);
      batch.bytes.copy(bytes, usedBytes, start, start + lengthBytes);
      offsets[loaded] = usedBytes;
      lengths[loaded] = lengthBytes;
      timesNs[loaded] = batch.timesNs[row] as number;
      usedBytes += lengthBytes;
      loaded += 1;
    }
  }
  if (recording.sha256 !== sha256) throw changed(path);
  return {
    path,
    header,
    sha256,
    flow,
    direction,
    count,
    bytes,
    offsets,
    lengths,
    timesNs,
    ...(damage === undefined ? {} : { damage }),
  };
}

const changed = (path: string): UsageError =>
  new UsageError(`${path}: expected the file it was a moment ago, got another; do not write to it meanwhile`);
