/**
 * Writes a recording in another format: matchstream's own or a capture, plain or compressed.
 */
import * as check from '../../src/base/arguments.ts';
import type { Checks } from '../../src/base/arguments.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { Progress } from '../../src/base/progress.ts';
import { checkNewFile } from '../../src/files/outputs.ts';
import { openRecording } from '../recording/reader.ts';
import { describeDamage } from '../recording/recording.ts';
import { RecordingWriter } from '../recording/writer.ts';

export interface ConvertPlan {
  /** A recording or a capture. */
  readonly from: string;
  /** A new file: its name says the format. */
  readonly to: string;
  /** Take the complete frames before any damage. Default false. */
  readonly recover?: boolean;
  /** Gives the file up before its end; the promise then rejects with its reason, and no file is left. */
  readonly signal?: AbortSignal;
  /** Where it says how much of the file has been read. Default: nowhere. */
  readonly progress?: Progress;
}

export interface Converted {
  readonly frames: number;
  readonly sha256: string;
  /** What of the first file the second one does not have, or has changed, a line each. */
  readonly notes: readonly string[];
}

const CHECKS: Checks<ConvertPlan> = {
  from: check.path,
  to: check.path,
  recover: check.optional(check.flag),
  signal: check.optional(check.signal),
  progress: check.optional(check.progress),
};

const NAMES = /\.(jsonl|pcapng)(\.gz)?$/i;

/** @throws UsageError for files that cannot be read or written as asked, EnvironmentError when the machine will not do it */
export async function convertRecording(plan: ConvertPlan): Promise<Converted> {
  check.shape(CHECKS)(plan, 'convertRecording');
  const { from, to, recover = false, signal, progress } = plan;
  if (!NAMES.test(to)) {
    throw new UsageError(
      'value-format',
      'OUT',
      `expected a name that ends in .jsonl or .pcapng, with .gz to compress, got "${to}"`,
    );
  }
  const recording = await openRecording(from, { recover, progress });
  try {
    checkNewFile(to, 'OUT', from);
    const writer = new RecordingWriter(to, recording.header);
    try {
      for await (const batch of recording.batches()) {
        signal?.throwIfAborted();
        await writer.appendFrames(batch);
      }
      const { frames, sha256 } = await writer.finish();
      const { damage } = recording;
      return {
        frames,
        sha256,
        notes: [...(damage === undefined ? [] : [describeDamage(recording, damage)]), ...recording.notes()],
      };
    } catch (cause) {
      await writer.discard();
      throw cause;
    }
  } finally {
    await recording.close();
  }
}
