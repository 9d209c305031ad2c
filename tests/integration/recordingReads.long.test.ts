import { copyFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadRecording } from '../../harness/recording/loadRecording.ts';
import { replayRecording } from '../../harness/runs/replay.ts';
import { startTask } from '../../harness/session/startTask.ts';
import type { Task } from '../../harness/session/tasks.ts';
import { temporaryFolder } from '../harness/recording/tiny.ts';
import { refusalIn } from '../refusals.ts';
import { GOLDEN, PLAN, countsOf } from './recordingReads.ts';

const test = suite('a replay in processes checks its recording once');

test('in processes, of which the server and each client read it, without checking it again', async () => {
  const run = (): Promise<unknown> => replayRecording({ ...PLAN, mode: 'processes' });
  assert.equal(await countsOf(run), { opened: 5, checked: 1 });
});

test('a child process refuses one that was written to since', async () => {
  const path = join(temporaryFolder(), 'child.jsonl');
  copyFileSync(GOLDEN, path);
  utimesSync(path, 1e9, 1e9);
  const loaded = await loadRecording(path, { stream: true });
  writeFileSync(path, readFileSync(path));
  const task: Task<'server'> = {
    role: 'server',
    epochUs: 0,
    logPath: null,
    measureStalls: false,
    transport: 'node',
    source: { kind: 'recording', recording: loaded },
    run: { host: '127.0.0.1', port: 0, logSends: false, pacing: 'sleep' },
  };
  const cause = await startTask('processes', task).then(
    ({ kill }) => kill(),
    (thrown: unknown) => thrown,
  );
  assert.is(refusalIn(cause), 'recording-changed');
  assert.match((cause as Error).message, path);
});

test.run();
