/** The golden match with other frames, in a recording that is sound. */
import { join } from 'node:path';
import type { Frame } from '../../../harness/recording/frameBatch.ts';
import { openRecording } from '../../../harness/recording/reader.ts';
import { RecordingWriter } from '../../../harness/recording/writer.ts';

const MATCH = join(import.meta.dirname, '../../../recordings/match-42.jsonl');

/** What is other in a frame. */
export type Change = (frame: Frame) => Partial<Frame>;

/** Writes it. @param check whether its header says that datagrams carry a check @returns its path */
export async function changedMatch(path: string, change: Change, check = false): Promise<string> {
  const golden = await openRecording(MATCH);
  const writer = new RecordingWriter(path, { ...golden.header, flows: 2, check });
  for await (const batch of golden.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      const old = batch.frame(row);
      const { timeNs, payload, flow, direction } = { ...old, ...change(old) };
      await writer.append(timeNs, payload, flow, direction);
    }
  }
  await writer.finish();
  return path;
}
