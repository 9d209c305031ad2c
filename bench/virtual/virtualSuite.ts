/**
 * The benchmark of the virtual engine: how many datagrams a second go from the server through the impairing proxy to a
 * client with every metric, and in how much memory.
 *
 * It starts a process for each row, measures one row at a time, and leaves none running.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TableRow } from '../../harness/report/tables.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import { median } from '../ranks.ts';
import { formatVirtualRow } from './virtualText.ts';
import type { VirtualAnswer, VirtualTask } from './messages.ts';

export interface VirtualBenchPlan {
  /** Lengths of the streams, a row each; at each size. */
  readonly datagrams: readonly number[];
  /** Measured runs a row, 1 or more. */
  readonly runs: number;
  /** Hears a line about each row as it ends. */
  readonly onLine?: (line: string) => void;
  /** Hears each row as it ends: all there is of them where the signal ends it. */
  readonly onRow?: (row: VirtualRow) => void;
  /** Ends it before its time; the promise then rejects with its reason. */
  readonly signal?: AbortSignal;
}

export type VirtualRow = TableRow<'virtual'>;

/** What datagrams are padded to: the usual largest size, and not at all. */
const SIZES_BYTES = [1200, null];
/** The child's program stands beside this file, compiled or not as this one is. */
const CHILD = fileURLToPath(import.meta.url).replace(/virtualSuite\.(ts|js)$/, 'measuringChild.$1');
/** A run is stopped when it goes on for longer than a very slow machine would take. */
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
      const measured = await measureInChild({ datagrams, datagramBytes, runs: plan.runs }, plan.signal);
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
