/**
 * One flow of a recording, whole, in memory, as columns: what a replay runs from.
 *
 * An edge module. The recording is checked from end to end before anything of it is loaded.
 */
import { UsageError } from '../../src/errors.ts';
import type { RecordingHeader } from './format.ts';
import type { Direction } from './frameBatch.ts';
import { describeDamage, openRecording, verifyRecording } from './reader.ts';
import type { Damage, RecordingSummary } from './reader.ts';
import { streamFrameProblem } from './streamFrame.ts';

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
  /** Take only what a replay can play: every frame the next datagram of a stream of ours, in flow 1 down. Default false. */
  readonly stream?: boolean;
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
  /** What is wrong with the file, or with the stream in it; only with `recover`. */
  readonly damage?: Damage;
}

/** How much of a flow there is. A stream with frames of another flow only is refused with the first of them, later. */
function sizeOf(summary: RecordingSummary, flow: number, direction: Direction, stream: boolean) {
  const wanted = summary.flows.find((entry) => entry.flow === flow && entry.direction === direction);
  if (wanted !== undefined) return wanted;
  if (stream && summary.frames > 0) return { frames: 0, payloadBytes: 0 };
  const most = 8;
  const found = summary.flows.slice(0, most).map((entry) => `${entry.flow} ${entry.direction}`);
  if (summary.flows.length > most) found.push('…');
  throw new UsageError(
    `${summary.path}: expected datagrams of flow ${flow} ${direction}, got ${found.join(', ') || 'no datagrams'}; ` +
      (stream ? 'record it again' : 'choose a flow it has'),
  );
}

/**
 * Loads one flow. Throws UsageError for a damaged recording, for a flow it does not have and for one too large; with
 * `stream` for a frame that is not the stream's next. With `recover` it stops before the first of those instead.
 */
export async function loadRecording(path: string, options: LoadOptions = {}): Promise<LoadedRecording> {
  const { flow = 1, direction = 'down', recover = false, stream = false } = options;
  const limitBytes = Math.min(options.limitBytes ?? LOAD_LIMIT_BYTES, LOAD_LIMIT_BYTES);
  const summary = await verifyRecording(path, { recover });
  const { header, sha256 } = summary;
  const { frames: count, payloadBytes } = sizeOf(summary, flow, direction, stream);
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
  // A frame that is not the stream's next comes before any damage of the file: what is damaged is no whole frame.
  let stop: Damage | undefined;
  const recording = await openRecording(path, { recover });
  for await (const batch of recording.batches()) {
    for (let row = 0; row < batch.count && stop === undefined; row += 1) {
      const reason = stream
        ? streamFrameProblem(header, batch, row, summary.damage !== undefined)
        : undefined;
      if (reason !== undefined) {
        // The header is line 1.
        stop = { line: (batch.numbers[row] as number) + 1, reason };
        if (recover && loaded > 0) break;
        throw new UsageError(`${describeDamage(path, stop)}; ${remedyFor(loaded)}`);
      }
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
  const damage = stop ?? summary.damage;
  return {
    path,
    header,
    sha256,
    flow,
    direction,
    count: loaded,
    bytes: bytes.subarray(0, usedBytes),
    offsets: offsets.subarray(0, loaded),
    lengths: lengths.subarray(0, loaded),
    timesNs: timesNs.subarray(0, loaded),
    ...(damage === undefined ? {} : { damage }),
  };
}

const remedyFor = (sound: number): string =>
  sound === 0
    ? 'replay what matchstream record made'
    : 'record it again, or replay what comes before it with --recover';

const changed = (path: string): UsageError =>
  new UsageError(`${path}: expected the file it was a moment ago, got another; do not write to it meanwhile`);
