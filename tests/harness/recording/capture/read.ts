/** Reads a capture as a recording, for tests. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRecording } from '../../../../harness/recording/reader.ts';
import type { Recording } from '../../../../harness/recording/recording.ts';
import { temporaryFolder } from '../tiny.ts';

const path = join(temporaryFolder(), 'given.pcap');

/** A frame in short: `1 up @0 "text"`. */
export interface Read {
  readonly frames: readonly string[];
  readonly extras: readonly string[];
  readonly recording: Recording;
}

export function put(bytes: Uint8Array): string {
  writeFileSync(path, bytes);
  return path;
}

export async function readCapture(bytes: Uint8Array, recover = false): Promise<Read> {
  const recording = await openRecording(put(bytes), { recover });
  const frames: string[] = [];
  const extras: string[] = [];
  for await (const batch of recording.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      const { flow, direction, timeNs, payload, extra } = batch.frame(row);
      frames.push(`${flow} ${direction} @${timeNs} ${Buffer.from(payload).toString('latin1')}`);
      extras.push(extra ?? '');
    }
  }
  return { frames, extras, recording };
}
