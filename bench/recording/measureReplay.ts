/**
 * A replay in a process of its own: its time, and the most memory that it took.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '../../src/base/errors.ts';

/** The replay's program, in this folder; compiled if this file is. */
const CHILD = fileURLToPath(import.meta.url).replace(/measureReplay\.(ts|js)$/, 'replayChild.$1');

export interface ReplayFigures {
  readonly seconds: number;
  readonly peakMib: number;
  readonly mismatches: number;
  readonly unexplained: number;
  readonly sent: number;
}

/** @param verdict whether what arrives is compared with what must */
export async function measureReplay(path: string, clients: number, verdict: boolean): Promise<ReplayFigures> {
  const child = fork(CHILD, [path, `${clients}`, verdict ? 'whole' : 'none'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const answer = await Promise.race([once(child, 'message'), ended.then(() => null)]);
  await ended;
  if (answer === null) throw new EnvironmentError('bench-failed', 'the replay ended without an answer');
  return answer[0] as ReplayFigures;
}
