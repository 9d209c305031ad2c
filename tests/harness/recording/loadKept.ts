/** Loads a recording that is small enough to be kept in memory. */
import { loadRecording } from '../../../harness/recording/loadRecording.ts';
import type { LoadedRecording, LoadOptions } from '../../../harness/recording/loadRecording.ts';
import type { KeptFlow } from '../../../harness/recording/recordedFlow.ts';

export async function loadKept(path: string, options: LoadOptions = {}): Promise<LoadedRecording & KeptFlow> {
  const loaded = await loadRecording(path, options);
  if (!('bytes' in loaded)) throw new Error(`${path}: expected its payloads in memory`);
  return loaded;
}
