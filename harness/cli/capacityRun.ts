/**
 * Runs `matchstream bench --capacity`: prints a line per trial and row, with warnings, then the table; writes the folder.
 */
import { basename } from 'node:path';
import type { CsvPart } from '../report/csv.ts';
import { untilInterrupted } from '../runs/interruption.ts';
import { inReportFolder } from '../report/runFolder.ts';
import { RunReport } from '../report/runReport.ts';
import type { Notes } from '../report/runReport.ts';
import { exitCodeOf, tellVerdict } from '../report/tellVerdict.ts';
import type { TableRow } from '../report/tables.ts';
import type { Progress } from '../../src/base/progress.ts';
import { print } from '../../src/files/terminal.ts';
import { throwUnwritten } from '../../src/files/unwritten.ts';
import { transportLines, transportsOf } from '../../bench/resolveTransport.ts';
import { BANK_SEED, tellMachine } from '../../bench/tellMachine.ts';
import type { ChosenTransport } from '../../bench/resolveTransport.ts';
import { runCapacity } from '../../bench/capacity/capacity.ts';
import type { CapacityPath } from '../../bench/capacity/capacityFigures.ts';
import {
  formatCapacityRow,
  formatLimit,
  formatParts,
  formatTrial,
} from '../../bench/capacity/capacityText.ts';
import { capacityWarnings } from '../../bench/capacity/capacityWarnings.ts';
import type { BENCH_OPTIONS } from './benchCommand.ts';
import type { ValuesOf } from './declare.ts';

/** The path with the proxy measures the cost of a proxy without impairment. */
const PATHS: readonly CapacityPath[] = ['server-client', 'server-proxy-client'];
const TRIALS = 20;

/** Returns the exit code: 1 if a datagram is unaccounted for, a signal's if it was interrupted. */
export async function runCapacityCommand(
  options: ValuesOf<typeof BENCH_OPTIONS>,
  progress: Progress,
): Promise<number> {
  const transports = await transportsOf(options.transport);
  return inReportFolder(options.report, 'bench', (folder, signal) =>
    runInto(folder, options, transports, signal, progress),
  );
}

async function runInto(
  folder: string,
  options: ValuesOf<typeof BENCH_OPTIONS>,
  transports: readonly ChosenTransport[],
  signal: AbortSignal,
  progress: Progress,
): Promise<number> {
  const { environment, machine } = await tellMachine(transports);
  const identity = { run: basename(folder), scenario: 'capacity', seed: BANK_SEED, clock: 'real' };
  const parts: CsvPart<'capacity'>[] = [];
  const noted: Notes[] = [];
  let search = '';
  for (const transport of transports) for (const line of transportLines(transport)) print(line);
  const measure = async (): Promise<void> => {
    for (const { name: transport } of transports) {
      const rows: TableRow<'capacity'>[] = [];
      parts.push({ identity: { ...identity, mode: options.mode, transport }, rows });
      for (const path of PATHS) {
        search = `${path}, ${transport}`;
        print('', search);
        const { row, trials, above, faults } = await runCapacity({
          path,
          transport,
          datagramBytes: options.datagramSize,
          trialMs: options.duration / 1e6,
          trials: TRIALS,
          mode: options.mode,
          signal,
          progress,
          ...(!options.quiet && { onTrial: (trial) => print(`  ${formatTrial(trial)}`) }),
        });
        rows.push(row);
        print(formatCapacityRow(row, transport));
        print(`  ${formatLimit(above)}`);
        print(`  at that rate, ${formatParts(row)}`);
        for (const warning of capacityWarnings(row, machine, trials)) print(`warning: ${warning}`);
        for (const fault of faults) print(`mismatch: ${search}, ${fault}`);
        noted.push({
          identity: { ...identity, mode: options.mode, transport },
          notes: [],
          faults: faults.map((fault) => `${search}, ${fault}`),
        });
      }
    }
  };
  const interrupted = await untilInterrupted(measure());
  if (interrupted !== null)
    print('', `interrupted by ${interrupted}: the search over ${search} was not finished, and is left out`);
  const report = new RunReport().addRows('capacity', parts).addNotes(noted);
  const { model, unwritten } = await report.write(folder, { ...environment, interrupted }, options.reporter);
  print('', `report: ${folder}`);
  tellVerdict(model);
  throwUnwritten(unwritten);
  return exitCodeOf(model);
}
