/** A small recording in the format that its name says: twelve datagrams of three flows, both ways, text and bytes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordingWriter } from '../../../harness/recording/writer.ts';
import type { RecordingHeader } from '../../../harness/recording/format.ts';
import { temporaryFolder, TINY_HEADER } from './tiny.ts';

const folder = temporaryFolder();

const HEADER: RecordingHeader = { ...TINY_HEADER, intervalNs: null, flows: 3 };

/** Its bytes. @param more members of each frame, as JSON text without braces */
export async function written(
  name: string,
  header: RecordingHeader = HEADER,
  more: (k: number) => string = () => '"k":1',
): Promise<Buffer> {
  const path = join(folder, name);
  const writer = new RecordingWriter(path, header);
  for (let k = 0; k < 12; k += 1) {
    const payload = k % 5 === 4 ? Buffer.from([0xff, k, 0]) : Buffer.from(`datagram ${k}\n"é"`);
    await writer.append(k * 1000, payload, 1 + (k % 3), k % 2 === 0 ? 'up' : 'down', more(k));
  }
  await writer.finish();
  return readFileSync(path);
}
