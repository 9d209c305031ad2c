/** A recording of three frames, written out by hand, and a folder to put files in that goes away by itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordingHeader } from '../../../harness/recording/format.ts';

export const TINY_HEADER: RecordingHeader = {
  format: 'matchstream-recording',
  version: 1,
  seed: '42',
  generator: 'match@1 seedrandom/alea@3',
  intervalNs: 1000,
  squadsHash: null,
  datagramSizeBytes: null,
  flows: 2,
};

/** Its lines, without line ends. The hash is sha256sum's, of the first four with theirs. */
export const TINY_LINES = [
  '{"format":"matchstream-recording","version":1,"seed":"42","generator":"match@1 seedrandom/alea@3","intervalNs":1000,"squadsHash":null,"datagramSizeBytes":null,"flows":2}',
  String.raw`{"n":1,"t":0,"d":"{\"gol\":\"é\"}"}`,
  '{"n":2,"t":1000,"b":"/w==","f":2}',
  '{"n":3,"t":1000,"d":"","r":"up"}',
  '{"frames":3,"sha256":"7731e37bb2503db692da42209430aab6bbc3f1228e761addc3e38a237becee77"}',
] as const;

export const TINY_SHA256 = '7731e37bb2503db692da42209430aab6bbc3f1228e761addc3e38a237becee77';
export const TINY_BYTES: Uint8Array = Buffer.from(`${TINY_LINES.join('\n')}\n`);

/** A folder of this process's own, removed when it exits. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-recording-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
