import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CheckedFlow } from '../../../harness/recording/checkedFlow.ts';
import { spawnTask } from '../../../harness/session/spawn.ts';
import type { Task } from '../../../harness/session/tasks.ts';
import { TINY_HEADER } from '../recording/tiny.ts';
import { EnvironmentError, UsageError } from '../../../src/base/errors.ts';

const test = suite('what goes wrong in a child process keeps its kind');

const serving: Task<'server'> = {
  role: 'server',
  epochUs: 0,
  logPath: null,
  measureStalls: false,
  transport: 'node',
  source: { kind: 'bank', messages: 1, intervalNs: 1e6, datagramSizeBytes: 1200 },
  run: { host: '127.0.0.1', port: 0, logSends: false, pacing: 'sleep' },
};

const NOT_THERE: CheckedFlow = {
  path: 'none.jsonl',
  state: '',
  flow: 1,
  direction: 'down',
  count: 1,
  header: TINY_HEADER,
  payloadBytes: 1,
  shortestBytes: 1,
  longestBytes: 1,
  lastTimeNs: 0,
  isDamaged: false,
};

const failureOf = (task: Task): Promise<unknown> =>
  spawnTask(task).then(
    ({ kill }) => kill(),
    (cause: unknown) => cause,
  );

test('a usage error, an environment error, and a bug, which is neither', async () => {
  const [usage, environment, bug] = await Promise.all([
    failureOf({
      ...serving,
      source: { kind: 'recording', recording: NOT_THERE },
    }),
    failureOf({ ...serving, logPath: join(import.meta.filename, 'below-a-file.log') }),
    failureOf({ ...serving, role: 'nobody' } as unknown as Task),
  ]);
  assert.instance(usage, UsageError);
  const { code, subject, message } = usage as UsageError;
  assert.equal([code, subject], ['file-unreadable', 'none.jsonl']);
  assert.match(message, /^none\.jsonl: ./);
  assert.instance(environment, EnvironmentError);
  assert.is((environment as EnvironmentError).code, 'write-failed');
  assert.instance(bug, Error);
  assert.not.instance(bug, UsageError);
  assert.not.instance(bug, EnvironmentError);
});

test.run();
