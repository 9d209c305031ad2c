/**
 * Runs `matchstream bench`: prints a line per point, then tables, and writes the folder.
 */
import { basename } from 'node:path';
import { expectationLines } from '../report/closing.ts';
import { untilInterrupted } from '../runs/interruption.ts';
import { inReportFolder } from '../report/runFolder.ts';
import { RunReport } from '../report/runReport.ts';
import { exitCodeOf, tellVerdict } from '../report/tellVerdict.ts';
import type { RunIdentity, TableRow } from '../report/tables.ts';
import { throughputTable } from '../report/terminal.ts';
import type { Progress } from '../../src/base/progress.ts';
import { linesOf } from '../../src/base/escape.ts';
import { complain, print, printStyled, tableScreen } from '../../src/files/terminal.ts';
import { throwUnwritten } from '../../src/files/unwritten.ts';
import { formatMicro, runMicro, runThroughput } from '../../bench/suites.ts';
import type { Machine } from '../../bench/machineWarnings.ts';
import { transportLines, transportsOf } from '../../bench/resolveTransport.ts';
import { BANK_SEED, tellMachine } from '../../bench/tellMachine.ts';
import type { ChosenTransport, TransportName } from '../../bench/resolveTransport.ts';
import { pointName, pointWarnings } from '../../bench/throughput/throughputWarnings.ts';
import type { BENCH_OPTIONS } from './benchCommand.ts';
import { allExpectationParts, expectationParts } from './benchExpectations.ts';
import type { ValuesOf } from './declare.ts';

/** On loopback nothing arrives later than this. */
const TMAX_NS = 200e6;
const MICRO_TIME_MS = 200;

interface Watch {
  /** Interrupts it. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Returns the exit code. */
export async function runBenchCommand(
  options: ValuesOf<typeof BENCH_OPTIONS>,
  progress: Progress,
): Promise<number> {
  const transports = await transportsOf(options.transport);
  return inReportFolder(options.report, 'bench', (folder, signal) =>
    runInto(folder, options, transports, { signal, progress }),
  );
}

async function runInto(
  folder: string,
  options: ValuesOf<typeof BENCH_OPTIONS>,
  transports: readonly ChosenTransport[],
  watch: Watch,
): Promise<number> {
  const identity = { run: basename(folder), seed: BANK_SEED, clock: 'real' };
  const { environment, machine } = await tellMachine(transports);
  const parts: Part[] = [];
  const micro: TableRow<'micro'>[] = [];
  const planned = transports.length * options.clients.length * options.intervals.length * options.runs;
  const countPoints = (): number => parts.reduce((sum, { rows }) => sum + rows.length, 0);
  let aborted: string | null = null;
  const microNotes: string[] = [];
  const measure = async (): Promise<void> => {
    for (const transport of transports) {
      for (const line of transportLines(transport)) print(line);
      const { name } = transport;
      const rows: TableRow<'throughput'>[] = [];
      const part = {
        identity: { ...identity, scenario: 'throughput', mode: options.mode, transport: name },
        rows,
        notes: [],
      };
      parts.push(part);
      const isWhole = await measureThroughput(options, part, machine, watch).finally(() => {
        if (rows.length > 0) printStyled(`\n${throughputTable(rows, tableScreen())}`);
      });
      if (isWhole) continue;
      aborted = `--abort-on-fail: ended after ${countPoints()} of ${planned} points; the rest is left out`;
      print(aborted);
      return;
    }
    if (options.micro) microNotes.push(...(await measureMicro(options, micro, watch)));
  };
  /** @param isWhole whether every point was measured */
  const report = (isWhole: boolean): RunReport => {
    const judge = isWhole ? allExpectationParts : expectationParts;
    const about = { ...identity, scenario: 'micro', mode: 'in-process', transport: 'none' };
    return new RunReport()
      .addRows('throughput', parts)
      .addRows('micro', [{ identity: about, rows: micro }])
      .addRows('expectations', judge(options.expect ?? [], parts))
      .addNotes([
        ...parts.map(({ identity: of, notes }, k) => ({
          identity: of,
          notes: k === parts.length - 1 && aborted !== null ? [...notes, aborted] : notes,
          faults: [],
        })),
        { identity: about, notes: microNotes, faults: [] },
      ]);
  };
  const interrupted = await untilInterrupted(measure()).catch(async (cause: unknown) => {
    // Completed measurements are kept, even if a later one fails.
    for (const { message } of await report(false).writeTables(folder)) complain(`error: ${message}`);
    throw cause;
  });
  const points = countPoints();
  if (interrupted !== null) {
    print(
      points < planned
        ? `interrupted by ${interrupted} after ${points} of ${planned} points; the one under way is left out`
        : `interrupted by ${interrupted} after ${micro.length} micro-benchmarks; the one under way is left out`,
    );
  }
  const { model, unwritten } = await report(interrupted === null && aborted === null).write(
    folder,
    { ...environment, interrupted },
    options.reporter,
  );
  print(...expectationLines(model));
  print(`report: ${folder}`);
  tellVerdict(model);
  throwUnwritten(unwritten);
  return exitCodeOf(model);
}

/** What is measured over one transport. */
interface Part {
  readonly identity: RunIdentity & { readonly transport: TransportName };
  readonly rows: TableRow<'throughput'>[];
  /** Warnings about points. */
  readonly notes: string[];
}

/** Adds a row per point as it is measured. Returns false if `--abort-on-fail` ended it. */
async function measureThroughput(
  options: ValuesOf<typeof BENCH_OPTIONS>,
  { identity, rows, notes }: Part,
  machine: Machine,
  { signal, progress }: Watch,
): Promise<boolean> {
  const { transport } = identity;
  let isFailed = false;
  // Each run measures all points, so that what changes on the machine meanwhile is in all of them.
  const turns = Array.from({ length: options.runs }, (_, k) => k + 1).flatMap((round) =>
    options.clients.map((clients) => ({ round, clients })),
  );
  for (const { round, clients } of turns) {
    await runThroughput({
      round,
      intervalsNs: options.intervals,
      clients,
      datagramBytes: options.datagramSize,
      durationMs: options.duration / 1e6,
      mode: options.mode,
      pacing: options.pacing,
      catchUp: options.catchUp,
      transport,
      tmaxNs: TMAX_NS,
      signal,
      progress,
      onRow: (row) => {
        rows.push(row);
        if (!options.quiet) print(`${pointName(row)}: ${describePoint(row)}`);
        for (const text of pointWarnings(row, machine, options.pacing)) {
          const warning = `${pointName(row)}: ${text}`;
          print(`  warning: ${warning}`);
          notes.push(warning);
        }
        const [judged] = expectationParts(options.expect ?? [], [{ identity, rows: [row] }]);
        isFailed = options.abortOnFail && judged?.rows.some(({ result }) => result === 'not met') === true;
        return !isFailed;
      },
    });
    if (isFailed) return false;
  }
  return true;
}

const describePoint = (row: TableRow<'throughput'>): string =>
  `${row.received ?? 'unknown'} of ${row.expected_messages} received, ${row.verdict}`;

/** Adds a row per task to `rows` as it is measured. Returns what limits the figures. */
async function measureMicro(
  { quiet }: ValuesOf<typeof BENCH_OPTIONS>,
  rows: TableRow<'micro'>[],
  watch: Watch,
): Promise<readonly string[]> {
  const onRow = (row: TableRow<'micro'>): void => void rows.push(row);
  const measuring = runMicro({ timeMs: MICRO_TIME_MS, ...(!quiet && { onTask: print }), onRow, ...watch });
  const { warnings } = await measuring.finally(() => {
    if (rows.length > 0) print('', ...linesOf(formatMicro(rows, tableScreen().columns)), '');
  });
  for (const warning of warnings) print(`note: ${warning}`);
  return warnings;
}
