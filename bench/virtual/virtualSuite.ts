/**
 * The benchmark of the virtual engine: how many datagrams a second go from the server through the impairing proxy to a
 * client with every metric, and in how much memory.
 *
 * It measures one row at a time, each in a process of its own, and leaves no process running.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TableRow } from '../../harness/report/tables.ts';
import { NO_PROGRESS, during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import { median } from '../../src/base/ranks.ts';
import { formatVirtualRow } from './virtualText.ts';
import type { VirtualAnswer, VirtualTask } from './messages.ts';

export interface VirtualBenchPlan {
  /** Lengths of the streams: one row for each length and size. */
  readonly datagrams: readonly number[];
  /** Measured runs per row, 1 or more. */
  readonly runs: number;
  /** Called with a line of text after each row. */
  readonly onLine?: (line: string) => void;
  /** Called after each row: the only results when the signal aborts the run. */
  readonly onRow?: (row: VirtualRow) => void;
  /** Aborts the run; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Where it says which row it is at. Default: nowhere. */
  readonly progress?: Progress;
}

export type VirtualRow = TableRow<'virtual'>;

/** Sizes to which datagrams are padded: the usual maximum, and no padding. */
const SIZES_BYTES = [1200, null];
/** The child's program is beside this file, compiled if this file is. */
const CHILD = fileURLToPath(import.meta.url).replace(/virtualSuite\.(ts|js)$/, 'measuringChild.$1');
/** Sets the time limit of a run: slower than a very slow machine. */
const MIN_DATAGRAMS_PER_S = 50_000;
const START_LIMIT_MS = 60_000;

/**
 * @throws EnvironmentError when a process cannot be started or does not end in time
 * @throws Error when a datagram is unaccounted for, or equal runs come to different results
 */
export async function runVirtualBench(plan: VirtualBenchPlan): Promise<VirtualRow[]> {
  const rows: VirtualRow[] = [];
  for (const datagramBytes of SIZES_BYTES) {
    for (const datagrams of plan.datagrams) {
      const task = { datagrams, datagramBytes, runs: plan.runs };
      const look = () => ({
        done: rows.length,
        of: SIZES_BYTES.length * plan.datagrams.length,
        unit: 'rows',
        counts: {},
      });
      const measured = await during(plan.progress ?? NO_PROGRESS, `${datagrams} datagrams`, look, () =>
        measureInChild(task, plan.signal),
      );
      const seconds = measured.seconds.toSorted((a, b) => a - b);
      const medianS = median(seconds) as number;
      const row = {
        datagram_bytes: datagramBytes,
        datagrams,
        runs: plan.runs,
        datagrams_per_s: datagrams / medianS,
        median_s: medianS,
        min_s: seconds[0] as number,
        max_s: seconds.at(-1) as number,
        peak_rss_mib: measured.peakRssMib,
        hash: measured.hash,
      };
      rows.push(row);
      plan.onRow?.(row);
      plan.onLine?.(formatVirtualRow(row, measured.cpuSeconds / plan.runs));
    }
  }
  return rows;
}

async function measureInChild(
  task: VirtualTask,
  signal?: AbortSignal,
): Promise<VirtualAnswer & { kind: 'done' }> {
  signal?.throwIfAborted();
  const child = fork(CHILD, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const limitMs = START_LIMIT_MS + (task.datagrams * (task.runs + 1) * 1e3) / MIN_DATAGRAMS_PER_S;
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const stop = (): void => void child.kill('SIGKILL');
  process.on('exit', stop);
  signal?.addEventListener('abort', stop);
  try {
    return await new Promise((resolve, reject) => {
      const what = `the virtual benchmark of ${task.datagrams} datagrams`;
      const fail = (why: string): void => reject(new EnvironmentError('bench-failed', `${what} ${why}`));
      child.on('message', (answer: VirtualAnswer) => {
        if (answer.kind === 'done') resolve(answer);
        else reject(new Error(`${what} failed: ${answer.message}`));
      });
      child.on('error', (cause) => fail(`could not be started: ${cause.message}`));
      child.on('exit', (code, killedBy) =>
        fail(`ended with ${killedBy ?? `exit code ${code}`} before its answer`),
      );
      child.send(task);
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw cause;
  } finally {
    clearTimeout(limit);
    signal?.removeEventListener('abort', stop);
    process.off('exit', stop);
  }
}
