/**
 * A child process of a session: receives one task by message, runs it, answers with its report, and ends.
 *
 * Started by spawn.ts only. It ends by itself if its parent is gone. The task's code is loaded when the task arrives, so
 * that a failure to load it is reported like any other.
 */
import { EXIT } from '../../src/base/errors.ts';
import { failureOf } from '../../src/base/failure.ts';
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
    await answer({ kind: 'done', look: role.look(), report, usage, stallNs, unwritten });
  } catch (cause) {
    await fail(cause);
  }
  process.disconnect?.();
}

const fail = (cause: unknown): Promise<void> =>
  answer({ kind: 'failed', ...failureOf(shortageOf(cause) ?? cause) });

process.on('message', (message: ToChild) => {
  if (message.kind === 'task') void run(message.task);
  else if (message.kind === 'so far') void answer({ kind: 'so far', reading: role?.soFar() ?? null });
  else if (message.kind === 'look') void answer({ kind: 'look', look: role?.look() ?? null });
  else {
    stopWanted = true;
    role?.stop();
  }
});
process.on('uncaughtException', (cause) => void fail(cause).finally(() => process.exit(EXIT.environment)));
leaveSignalsToParent();
process.on('disconnect', () => process.exit(0));
