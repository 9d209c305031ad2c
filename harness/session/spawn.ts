/**
 * Starts a task in a child process, and makes sure that the child ends: with its report, at its time limit, or with this
 * process.
 *
 * The only file that starts processes for tasks.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '../../src/base/errors.ts';
import { errorOf } from '../../src/base/failure.ts';
import type { Reading } from '../../src/base/progress.ts';
import { shortageOf } from '../../src/files/descriptorLimit.ts';
import { checkedFlow } from '../recording/checkedFlow.ts';
import type { RoleLook } from './sessionWatch.ts';
import type { FromChild, GivenRecording, Running, Task, TaskResult, ToChild } from './tasks.ts';

/** The child's program, in this folder; compiled if this file is. */
const CHILD = fileURLToPath(import.meta.url).replace(/spawn\.(ts|js)$/, 'child.$1');
const READY_LIMIT_MS = 60_000;
/** Slowest reading of a recording that is waited for, payload bytes a millisecond. */
const SLOW_READ_BYTES = 20_000;
const STDERR_KEPT = 2000;

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** @param forked receives a function that ends the child while it is starting */
export async function spawnTask<Role extends Task['role']>(
  task: Task<Role>,
  forked?: (kill: () => void) => void,
): Promise<Running<Role>> {
  const child = fork(CHILD, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  alive.add(child);
  forked?.(() => void child.kill('SIGKILL'));
  let stderr = '';
  let reading: Reading | null = null;
  let look: RoleLook | null = null;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  const { promise: started, resolve: ready, reject: fail } = deferred<FromChild & { kind: 'ready' }>();
  const done = new Promise<TaskResult<Role>>((resolve, reject) => {
    const lost = (why: string, cause?: Error): void => {
      const detail = stderr.trim().split('\n').at(-1) ?? '';
      const loss =
        shortageOf(cause) ??
        new EnvironmentError('process-lost', `${nameOf(task)} ${why}${detail === '' ? '' : `: ${detail}`}`, {
          cause,
        });
      fail(loss);
      reject(loss);
    };
    child.on('message', (message: FromChild) => {
      if (message.kind === 'ready') ready(message);
      else if (message.kind === 'so far') reading = message.reading;
      else if (message.kind === 'look') look = message.look;
      else if (message.kind === 'done') {
        look = message.look;
        resolve({
          report: message.report as TaskResult<Role>['report'],
          usage: message.usage,
          stallNs: message.stallNs,
          unwritten: message.unwritten,
        });
      } else {
        const cause = errorOf(message);
        fail(cause);
        reject(cause);
      }
    });
    child.on('error', (cause) => lost(`could not be started (${cause.message})`, cause));
    child.on('exit', (code, signal) => {
      alive.delete(child);
      const why = `ended with ${signal ?? `exit code ${code}`} before its report`;
      // Its report may still be under way: an exit may be reported before the last message.
      if (child.connected) child.once('disconnect', () => setImmediate(lost, why));
      else setImmediate(lost, why);
    });
  });
  // Awaiting `done` still gives the failure; after a failed start nobody needs to await it.
  done.catch(() => undefined);
  const tell = (message: ToChild): void => {
    // A child that is just ending gets no more messages; its exit says what happened.
    if (child.connected) child.send(message, () => undefined);
  };
  const given = withoutPayloads(task);
  tell({ kind: 'task', task: given });
  const limitMs = READY_LIMIT_MS + readBytesOf(given) / SLOW_READ_BYTES;
  const limit = setTimeout(() => {
    child.kill('SIGKILL');
    fail(
      new EnvironmentError(
        'timed-out',
        `${nameOf(task)} was not ready within ${Math.round(limitMs / 1000)} s`,
      ),
    );
  }, limitMs);
  const { local } = await started.finally(() => clearTimeout(limit));
  return {
    local,
    done,
    soFar: () => {
      tell({ kind: 'so far' });
      return reading;
    },
    look: () => {
      tell({ kind: 'look' });
      return look;
    },
    stop: () => tell({ kind: 'stop' }),
    kill: () => void child.kill('SIGKILL'),
    processId: child.pid ?? null,
  };
}

const asChecked = (given: GivenRecording): GivenRecording =>
  'lengths' in given ? checkedFlow(given) : given;

/** The task for a child: instead of a loaded recording, a reference to its file. */
function withoutPayloads(task: Task): Task {
  if (task.role === 'client' && task.verify !== null) return { ...task, verify: asChecked(task.verify) };
  if (task.role !== 'server' || !('recording' in task.source)) return task;
  return { ...task, source: { kind: 'recording', recording: asChecked(task.source.recording) } };
}

/** What a child reads before it is ready: a server streams a large recording, a client reads all of it. */
const readBytesOf = (task: Task): number =>
  task.role === 'client' && task.verify !== null && 'payloadBytes' in task.verify
    ? task.verify.payloadBytes
    : 0;

function nameOf(task: Task): string {
  if (task.role === 'client') return `the process of client ${task.run.wishedId}`;
  if (task.role !== 'clients') return `the ${task.role} process`;
  const { firstId, servers } = task.run;
  return `the process of clients ${firstId} to ${firstId + servers.length - 1}`;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (cause: Error) => void;
}

function deferred<T>(): Deferred<T> {
  let settle: Pick<Deferred<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as unknown as Pick<Deferred<T>, 'resolve' | 'reject'>) };
}
