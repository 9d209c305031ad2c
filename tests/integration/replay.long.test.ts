import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inFolder, run } from './program.ts';
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

test('a stream that is eight seconds under way arrives whole', async () => {
  await inFolder(async (folder) => {
    await replayOnce(folder, RECORDING, 'late', ['--delay', '8s', '--seed', '7', '--no-control']);
  });
});

test('clients that nobody answers give up, and with them the server: nothing is measured', async () => {
  await inFolder(async (folder) => {
    const args = ['--impair-control', '--drop', '100%', '--direction', 'both', '--no-control'];
    const { code, stdout, stderr, tookMs } = await run(
      ['replay', RECORDING, '--clients', '2', '--seed', '7', ...args],
      folder,
    );
    assert.is(code, 0, stderr);
    for (const client of [1, 2])
      assert.match(stdout, `note: client ${client}: no answer, so nothing is measured`);
    // They try for 20 s; starting processes takes the rest.
    assert.ok(tookMs < 30_000, `${tookMs} ms`);
  });
});

test.run();
