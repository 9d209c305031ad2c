/** Short recordings for shrinking, in a folder that goes away by itself. */
import { join } from 'node:path';
import { recordMatch } from '../../../harness/runs/record.ts';
import { temporaryFolder } from '../recording/tiny.ts';

/** Records a seeded match and returns the file's path. */
export async function shortRecording(messages: number, intervalNs: number, check = false): Promise<string> {
  const out = join(temporaryFolder(), 'short.jsonl');
  await recordMatch({
    seed: '42',
    out,
    clock: 'virtual',
    interval: intervalNs,
    messages,
    language: 'en',
    check,
  });
  return out;
}
