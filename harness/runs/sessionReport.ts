/**
 * Writes the results of a run's sessions (comparison, ledger, its causes, reorder density) into the run's folder. Every
 * file is written atomically.
 */
import { join } from 'node:path';
import { linesOf } from '../../src/base/escape.ts';
import type { Judgement, Shortened } from '../judge/judge.ts';
import { exitCodeOf } from '../judge/compare.ts';
import { writeCsv } from '../report/csv.ts';
import type { RunIdentity } from '../report/tables.ts';
import { comparisonTable } from '../report/terminal.ts';

/** One judged session, with the names for its rows. */
export interface JudgedSession {
  readonly identity: RunIdentity;
  readonly judgement: Judgement;
  /** How far it got before an interrupt; null if complete. */
  readonly shortened: Shortened | null;
}

/** One file per table; each session's rows carry its identity. */
export function writeSessionReports(folder: string, sessions: readonly JudgedSession[]): void {
  writeCsv(
    join(folder, 'comparison.csv'),
    'comparison',
    sessions.map(({ identity, judgement }) => ({ identity, rows: judgement.comparison })),
  );
  writeCsv(
    join(folder, 'ledger.csv'),
    'ledger',
    sessions.map(({ identity, judgement }) => ({ identity, rows: judgement.ledger })),
  );
  writeCsv(
    join(folder, 'ledger_causes.csv'),
    'ledger_causes',
    sessions.map(({ identity, judgement }) => ({ identity, rows: judgement.causes })),
  );
  writeCsv(
    join(folder, 'reorder_density.csv'),
    'reorder_density',
    sessions.map(({ identity, judgement }) => ({ identity, rows: judgement.reorderDensity })),
  );
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
