/**
 * Writes the results of a run's sessions (comparison, ledger, its causes, reorder density) into the run's folder. Every
 * file is written atomically.
 */
import { join } from 'node:path';
import { linesOf } from '../../src/base/escape.ts';
import { tryWriting } from '../../src/files/unwritten.ts';
import type { Unwritten } from '../../src/files/unwritten.ts';
import type { Judgement, Shortened } from '../judge/judge.ts';
import { exitCodeOf } from '../judge/compare.ts';
import { writeCsv } from '../report/csv.ts';
import type { RunIdentity, TableName, TableRow } from '../report/tables.ts';
import { comparisonTable } from '../report/terminal.ts';

/** One judged session, with the names for its rows. */
export interface JudgedSession {
  readonly identity: RunIdentity;
  readonly judgement: Judgement;
  /** How far it got before an interrupt; null if complete. */
  readonly shortened: Shortened | null;
  /** Logs, statistics, fates and arrivals that could not be written at the end. */
  readonly unwritten: readonly Unwritten[];
}

/** One file per table; each session's rows carry its identity. Returns what could not be written. */
export async function writeSessionReports(
  folder: string,
  sessions: readonly JudgedSession[],
): Promise<Unwritten[]> {
  const write = <Name extends TableName>(
    table: Name,
    rowsOf: (judgement: Judgement) => readonly TableRow<Name>[],
  ): Promise<Unwritten[]> =>
    tryWriting(() =>
      writeCsv(
        join(folder, `${table}.csv`),
        table,
        sessions.map(({ identity, judgement }) => ({ identity, rows: rowsOf(judgement) })),
      ),
    );
  if (sessions.length === 0) return [];
  return [
    ...(await write('comparison', ({ comparison }) => comparison)),
    ...(await write('ledger', ({ ledger }) => ledger)),
    ...(await write('ledger_causes', ({ causes }) => causes)),
    ...(await write('reorder_density', ({ reorderDensity }) => reorderDensity)),
  ];
}

/** The summary for people, a line each. @param columns of the terminal, for breaking a wide table */
export function sessionSummary({ judgement }: JudgedSession, columns: number | null = null): string[] {
  const remarks = judgement.remarks.map((remark) => `note: ${remark}`);
  return [...linesOf(comparisonTable(judgement.comparison, judgement.ledger, columns)), ...remarks];
}

/** 0 if everything matches, else 1. */
export function sessionExitCode({ judgement }: JudgedSession): 0 | 1 {
  return judgement.differentPayloads > 0 ? 1 : exitCodeOf(judgement.comparison, judgement.ledger);
}
