import { statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { verifyRecording } from '../../../harness/recording/reader.ts';
import { RecordingWriter } from '../../../harness/recording/writer.ts';
import { temporaryFolder, TINY_HEADER } from './tiny.ts';

const test = suite('memory does not grow with a recording');

test('200,000 frames of 700 bytes are written and read within 96 MiB more', async () => {
  const path = join(temporaryFolder(), 'large.jsonl');
  const payload = Buffer.from(`{"message":{"count":1},"timeA":[${'{"nome":"Alvo Irreal"},'.repeat(29)}0]}`);
  const write = async (frames: number): Promise<string> => {
    const writer = new RecordingWriter(path, TINY_HEADER);
    for (let k = 0; k < frames; k += 1) await writer.append(k * 1000, payload);
    return (await writer.finish()).sha256;
  };
  // The first pass pays for code and buffers.
  await write(20_000);
  await verifyRecording(path);
  const before = process.memoryUsage.rss();
  const sha256 = await write(200_000);
  const summary = await verifyRecording(path);
  const grownMib = (process.memoryUsage.rss() - before) / 2 ** 20;
  assert.is(summary.sha256, sha256);
  assert.is(summary.frames, 200_000);
  // The file is larger than the bound, so a reader or writer that kept it all could not pass.
  assert.ok(statSync(path).size > 150 * 2 ** 20);
  assert.ok(grownMib < 96, `${grownMib.toFixed(0)} MiB more`);
});

test.run();
