/**
 * A child process of a session: receives one task by message, runs it, answers with its report, and ends.
 *
 * Started by spawn.ts only. It ends by itself if its parent is gone. The task's code is loaded when the task arrives, so
 * that a failure to load it is reported like any other.
 */
import { EXIT, EnvironmentError, UsageError } from '../../src/base/errors.ts';
import { shortageOf } from '../../src/files/descriptorLimit.ts';
import { leaveSignalsToParent } from '../../src/service/signals.ts';
import type { MeteredRole } from './roles.ts';
import type { FromChild, Task, ToChild } from './tasks.ts';

let role: MeteredRole<Task['role']> | null = null;
let stopWanted = false;

const answer = (message: FromChild): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });

async function run(task: Task): Promise<void> {
  try {
    const [{ warmUp }, { startRole }] = await Promise.all([import('./warmUp.ts'), import('./roles.ts')]);
    if (task.warmUp === true) await warmUp(task.role, task.transport);
    role = await startRole(task);
    await answer({ kind: 'ready', local: role.local });
    if (stopWanted) role.stop();
    const { report, stallNs, unwritten } = await role.done;
    const usage = { stream: role.usage(), maxRssMib: process.resourceUsage().maxRSS / 1024 };
    await answer({ kind: 'done', report, usage, stallNs, unwritten });
  } catch (cause) {
    await fail(cause);
  }
  process.disconnect?.();
}

function fail(thrown: unknown): Promise<void> {
  const cause = shortageOf(thrown) ?? thrown;
  if (cause instanceof UsageError) {
    const { name, code, subject, detail } = cause;
    return answer({ kind: 'failed', name, code, subject, detail });
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return answer(
    cause instanceof EnvironmentError
      ? { kind: 'failed', name: cause.name, code: cause.code, message }
      : { kind: 'failed', name: 'Error', message },
  );
}

process.on('message', (message: ToChild) => {
  if (message.kind === 'task') void run(message.task);
  else {
    stopWanted = true;
    role?.stop();
  }
});
process.on('uncaughtException', (cause) => void fail(cause).finally(() => process.exit(EXIT.environment)));
leaveSignalsToParent();
process.on('disconnect', () => process.exit(0));
