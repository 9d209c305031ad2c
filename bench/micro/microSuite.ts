/**
 * The micro-benchmarks: codec, simulation, schedule and metrics, one suite after the other.
 *
 * They write no file and print nothing. Every task's hash is the same for its size on every machine.
 */
import type { TableRow } from '../../harness/report/tables.ts';
import { CODEC } from './codecTasks.ts';
import { formatTask } from './microText.ts';
import { measureClockGrainNs, measureTask } from './measureTask.ts';
import { METRICS } from './metricsTasks.ts';
import { SCHEDULE } from './scheduleTasks.ts';
import { SIMULATION } from './simulationTasks.ts';

export { formatMicro } from './microText.ts';

export interface MicroOptions {
  /** How long to measure each task, milliseconds, 0 or more; warming it up takes as long again. */
  readonly timeMs: number;
  /** Small blocks and few samples: shows that everything works, and gives no figure worth keeping. */
  readonly smoke?: boolean;
  /** Hears a line about each task as it ends. */
  readonly onTask?: (line: string) => void;
  /** Hears each row as it is measured: all there is of them where the signal ends it. */
  readonly onRow?: (row: TableRow<'micro'>) => void;
  /** Ends it after the task that is being measured; the promise then rejects with its reason. */
  readonly signal?: AbortSignal;
}

export interface MicroResult {
  readonly rows: TableRow<'micro'>[];
  /** A line for each task whose samples are too short for the clock; empty where all can be trusted. */
  readonly warnings: string[];
}

const SUITES = [CODEC, SIMULATION, SCHEDULE, METRICS];

/** Runs every suite. Throws where a task does not come to the same result each time. */
export async function runMicro(options: MicroOptions): Promise<MicroResult> {
  const { timeMs, smoke = false, onTask, onRow, signal } = options;
  const clockGrainNs = measureClockGrainNs();
  const rows: TableRow<'micro'>[] = [];
  const warnings: string[] = [];
  for (const suite of SUITES) {
    for (const task of suite.tasks(smoke ? 'smoke' : 'full')) {
      // A signal is heard only between two turns of the event loop, and a task takes none.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      const { row, warning } = await measureTask(suite.name, task, { timeMs, smoke, clockGrainNs });
      rows.push(row);
      onRow?.(row);
      if (warning !== null) warnings.push(warning);
      onTask?.(formatTask(row));
    }
  }
  return { rows, warnings };
}
