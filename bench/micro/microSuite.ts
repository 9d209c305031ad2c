/**
 * The micro-benchmarks: codec, simulation, schedule and metrics, one suite after the other.
 *
 * They write no file and print nothing. The hash of a task and size is the same on every machine.
 */
import type { TableRow } from '../../harness/report/tables.ts';
import { NO_PROGRESS, during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { CODEC } from './codecTasks.ts';
import { formatTask } from './microText.ts';
import { measureClockGrainNs, measureTask } from './measureTask.ts';
import { METRICS } from './metricsTasks.ts';
import { SCHEDULE } from './scheduleTasks.ts';
import { SIMULATION } from './simulationTasks.ts';

export { formatMicro } from './microText.ts';

export interface MicroOptions {
  /** How long to measure each task, milliseconds, 0 or more; its warm-up takes the same time. */
  readonly timeMs: number;
  /** Small blocks and few samples: a check that everything works, without reliable figures. */
  readonly smoke?: boolean;
  /** Called with a line of text after each task. */
  readonly onTask?: (line: string) => void;
  /** Called after each row: the only results when the signal aborts the run. */
  readonly onRow?: (row: TableRow<'micro'>) => void;
  /** Aborts the run after the current task; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Where it says which task it is at. Default: nowhere. */
  readonly progress?: Progress;
}

export interface MicroResult {
  readonly rows: TableRow<'micro'>[];
  /** One line for each task whose samples are too short for the clock. */
  readonly warnings: string[];
}

const SUITES = [CODEC, SIMULATION, SCHEDULE, METRICS];

/** Runs every suite. Throws when the results of a task differ. */
export async function runMicro(options: MicroOptions): Promise<MicroResult> {
  const { timeMs, smoke = false, onTask, onRow, signal, progress = NO_PROGRESS } = options;
  const clockGrainNs = measureClockGrainNs();
  const rows: TableRow<'micro'>[] = [];
  const warnings: string[] = [];
  const look = () => ({ done: rows.length, of: null, unit: 'micro-benchmarks', counts: {} });
  const run = async (): Promise<void> => {
    for (const suite of SUITES) await runSuite(suite);
  };
  const runSuite = async (suite: (typeof SUITES)[number]): Promise<void> => {
    for (const task of suite.tasks(smoke ? 'smoke' : 'full')) {
      // Tasks are synchronous, so the event loop must run in between to handle signals.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      const { row, warning } = await measureTask(suite.name, task, { timeMs, smoke, clockGrainNs });
      rows.push(row);
      onRow?.(row);
      if (warning !== null) warnings.push(warning);
      onTask?.(formatTask(row));
    }
  };
  await during(progress, 'measuring', look, run);
  return { rows, warnings };
}
