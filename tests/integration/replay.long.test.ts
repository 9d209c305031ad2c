import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inFolder } from './program.ts';
import { LOSSY, replayOnce } from './replay.ts';

const test = suite('ten lossy replays in a row');
const RECORDING = join(import.meta.dirname, '../../recordings/match-42.jsonl');

for (const mode of ['processes', 'in-process']) {
  test(`match the schedule ten times, ${mode}`, async () => {
    await inFolder(async (folder) => {
      let first: Record<string, string> | null = null;
      for (let round = 1; round <= 10; round += 1) {
        const args = [...LOSSY, '--seed', '7', '--mode', mode];
        const fates = await replayOnce(folder, RECORDING, `round-${round}`, args);
        first ??= fates;
        assert.equal(fates, first);
      }
    });
  });
}

test.run();
