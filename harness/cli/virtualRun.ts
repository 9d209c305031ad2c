/**
 * Runs `matchstream bench --virtual`: prints a line per row and the table, and writes the folder.
 */
import { basename, join } from 'node:path';
import { writeCsv } from '../report/csv.ts';
import { readEnvironment, writeEnvironment } from '../report/environment.ts';
import { untilInterrupted } from '../runs/interruption.ts';
import { inReportFolder } from '../report/runFolder.ts';
import { EXIT } from '../../src/base/errors.ts';
import { print } from '../../src/files/terminal.ts';
import { throwUnwritten, tryWriting } from '../../src/files/unwritten.ts';
import { formatSize } from '../../bench/virtual/virtualText.ts';
import { runVirtualBench } from '../../bench/virtual/virtualSuite.ts';
import type { VirtualRow } from '../../bench/virtual/virtualSuite.ts';
import { STREAM_SEED } from '../../bench/virtual/measureStream.ts';

/** Ten times the datagrams should take about ten times the time, and no more memory. */
const DATAGRAMS = [1_000_000, 10_000_000];
const RUNS = 5;

/** Returns the exit code: 0, or a signal's if it was interrupted. */
export async function runVirtualCommand({ report }: { readonly report?: string }): Promise<number> {
  return inReportFolder(report, 'bench', runInto);
}

async function runInto(folder: string, signal: AbortSignal): Promise<number> {
  // Read first: later the load average would include the benchmark itself.
  const environment = await readEnvironment({ commandLine: process.argv, seed: STREAM_SEED });
  const rows: VirtualRow[] = [];
  const onRow = (row: VirtualRow): void => void rows.push(row);
  const measure = async (): Promise<void> =>
    void (await runVirtualBench({ datagrams: DATAGRAMS, runs: RUNS, onLine: print, onRow, signal }));
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
  const unwritten = [
    ...(await tryWriting(() => {
      if (rows.length > 0) writeCsv(join(folder, 'virtual.csv'), 'virtual', [{ identity, rows }]);
    })),
    ...(await tryWriting(() =>
      writeEnvironment(join(folder, 'environment.json'), { ...environment, interrupted }),
    )),
  ];
  if (interrupted !== null)
    print(`interrupted by ${interrupted} after ${rows.length} rows; the one under way is left out`);
  print(`report: ${folder}`);
  throwUnwritten(unwritten);
  return interrupted === null ? EXIT.match : EXIT[interrupted];
}
