/**
 * Runs `matchstream bench --virtual`: prints a line per row and the table, and writes the folder.
 */
import { basename } from 'node:path';
import { readEnvironment } from '../report/environment.ts';
import type { Reporter } from '../report/reporters.ts';
import { untilInterrupted } from '../runs/interruption.ts';
import { inReportFolder } from '../report/runFolder.ts';
import type { Progress } from '../../src/base/progress.ts';
import { RunReport } from '../report/runReport.ts';
import { exitCodeOf, tellVerdict } from '../report/tellVerdict.ts';
import { print } from '../../src/files/terminal.ts';
import { throwUnwritten } from '../../src/files/unwritten.ts';
import { formatSize } from '../../bench/virtual/virtualText.ts';
import { runVirtualBench } from '../../bench/virtual/virtualSuite.ts';
import type { VirtualRow } from '../../bench/virtual/virtualSuite.ts';
import { STREAM_SEED } from '../../bench/virtual/measureStream.ts';

/** Ten times the datagrams should take about ten times the time, and no more memory. */
const DATAGRAMS = [1_000_000, 10_000_000];
const RUNS = 5;

/** Returns the exit code: 0, or a signal's if it was interrupted. */
export async function runVirtualCommand(
  {
    report,
    reporter,
    quiet,
  }: { readonly report?: string; readonly reporter: readonly Reporter[]; readonly quiet: boolean },
  progress: Progress,
): Promise<number> {
  return inReportFolder(report, 'bench', (folder, signal) =>
    runInto(folder, reporter, signal, progress, quiet),
  );
}

async function runInto(
  folder: string,
  reporter: readonly Reporter[],
  signal: AbortSignal,
  progress: Progress,
  quiet: boolean,
): Promise<number> {
  // Read first: later the load average would include the benchmark itself.
  const environment = await readEnvironment({ commandLine: process.argv, seed: STREAM_SEED });
  const rows: VirtualRow[] = [];
  const onRow = (row: VirtualRow): void => void rows.push(row);
  const measure = async (): Promise<void> =>
    void (await runVirtualBench({
      datagrams: DATAGRAMS,
      runs: RUNS,
      ...(!quiet && { onLine: print }),
      onRow,
      signal,
      progress,
    }));
  const interrupted = await untilInterrupted(measure());
  for (const [short, long] of [rows.slice(0, 2), rows.slice(2)]) {
    if (short === undefined || long === undefined) continue;
    const ratio = (long.median_s / short.median_s).toFixed(1);
    print(`${formatSize(short)}: ${long.datagrams} datagrams cost ${ratio} times ${short.datagrams}`);
  }
  const identity = {
    run: basename(folder),
    scenario: 'virtual',
    seed: STREAM_SEED,
    clock: 'virtual',
    mode: 'in-process',
    transport: 'simulated',
  };
  if (interrupted !== null)
    print(`interrupted by ${interrupted} after ${rows.length} rows; the one under way is left out`);
  const { model, unwritten } = await new RunReport()
    .addRows('virtual', [{ identity, rows }])
    .write(folder, { ...environment, interrupted }, reporter);
  print(`report: ${folder}`);
  tellVerdict(model);
  throwUnwritten(unwritten);
  return exitCodeOf(model);
}
