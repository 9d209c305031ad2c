/**
 * Opens recordings, of our own format and captures, told apart by their first bytes.
 *
 * The file's hash is known only at its end: call `verifyRecording` first if an altered file must not be used. It never
 * changes a file.
 */
import * as check from '../../src/base/arguments.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { Progress } from '../../src/base/progress.ts';
import { openCapture } from './capture/captureRecording.ts';
import { beginsLikePcap } from './capture/pcap.ts';
import { beginsLikePcapng } from './capture/pcapng.ts';
import { DamagedContainer, openSource } from './fileBytes.ts';
import type { Source } from './fileBytes.ts';
import { FlowCounts } from './flowCounts.ts';
import { JsonlRecording, readHeader } from './jsonlRecording.ts';
import { Lines } from './lines.ts';
import type { Recording, RecordingSummary } from './recording.ts';
import { newHashing } from './threads/threadedHash.ts';
import type { Hashing } from './threads/threadedHash.ts';

const MAGIC_BYTES = 4;
const OPENING_BRACE = 0x7b;

/**
 * Opens a recording, plain or gzip, and reads its header. Throws UsageError for a file that is not a recording, for
 * another version and for a header that cannot be read: without a header nothing can be recovered. With `recover`, off by
 * default, the complete frames before any damage are taken instead of refusing the file. With `progress` it says how much of
 * the file has been read.
 */
export async function openRecording(path: string, options: ReadOptions = {}): Promise<Recording> {
  check.path(path, 'openRecording: path');
  const checks = { recover: check.optional(check.flag), progress: check.optional(check.progress) };
  check.having(checks)(options, 'openRecording');
  return open(path, options.recover ?? false, (source) => newHashing(source.textBytes), options.progress);
}

export interface ReadOptions {
  readonly recover?: boolean;
  readonly progress?: Progress | undefined;
}

/** The same for a recording that this run has already checked: its hash is not computed. */
export const openCheckedRecording = (
  path: string,
  recover: boolean,
  progress?: Progress,
): Promise<Recording> => open(path, recover, () => null, progress);

async function open(
  path: string,
  recover: boolean,
  hashFor: (source: Source) => Hashing | null,
  progress?: Progress,
): Promise<Recording> {
  const source = await openSource(path, recover, progress);
  const hash = hashFor(source);
  try {
    const lines = new Lines();
    const capture = await openCapture(path, source, lines, recover, hash);
    if (capture !== null) return capture;
    const header = await readHeader(source, lines);
    if (!header.ok) throw new UsageError('recording-damaged', `${path}, line 1`, header.reason);
    return new JsonlRecording(path, header.value, source, lines, recover, hash);
  } catch (cause) {
    hash?.close();
    await source.close();
    throw cause;
  }
}

/** Whether a file looks like a recording or a capture, by its first bytes. @throws UsageError if it cannot be read */
export async function beginsLikeRecording(path: string): Promise<boolean> {
  const source = await openSource(path, false);
  const lines = new Lines();
  try {
    await source.readInto(lines);
  } catch (cause) {
    if (!(cause instanceof DamagedContainer)) throw cause;
  } finally {
    await source.close();
  }
  const start = Buffer.from(lines.rest().subarray(0, MAGIC_BYTES));
  if (start.length < MAGIC_BYTES) return false;
  return start[0] === OPENING_BRACE || beginsLikePcap(start) || beginsLikePcapng(start);
}

/** Reads a whole recording and checks all of it. Throws UsageError as `batches` does; `recover` as for `openRecording`. */
export async function verifyRecording(path: string, options: ReadOptions = {}): Promise<RecordingSummary> {
  const recording = await openRecording(path, options);
  const counts = new FlowCounts();
  for await (const batch of recording.batches()) counts.add(batch);
  const { compressed, header, sizeBytes, sha256, lastTimeNs, damage } = recording;
  return {
    path,
    format: recording.format,
    compressed,
    header,
    frames: recording.frames,
    sizeBytes,
    sha256,
    lastTimeNs,
    flows: counts.summaries(),
    notes: recording.notes(),
    ...(damage === undefined ? {} : { damage }),
  };
}
