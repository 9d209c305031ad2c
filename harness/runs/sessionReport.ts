/**
 * Writes what a run's sessions gave: the comparison, the ledger, its causes and the reorder density, into the run's folder.
 *
 * An edge module. Every file appears whole or not at all.
 */
import { join } from 'node:path';
import { linesOf } from '../../src/base/escape.ts';
import type { Judgement, Shortened } from '../judge/judge.ts';
import { exitCodeOf } from '../judge/compare.ts';
import { writeCsv } from '../report/csv.ts';
import type { RunIdentity } from '../report/tables.ts';
import { comparisonTable } from '../report/terminal.ts';

/** One judged session, under the names its rows carry. */
export interface JudgedSession {
  readonly identity: RunIdentity;
  readonly judgement: Judgement;
  /** How far an interrupt let it come; null for a whole one. */
  readonly shortened: Shortened | null;
}

/** One file a table; each session's rows carry its own identity. */
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

/** What a person reads of it, a line each. @param columns of the terminal, which a wide table is broken for */
export function sessionSummary({ judgement }: JudgedSession, columns: number | null = null): string[] {
  const remarks = judgement.remarks.map((remark) => `note: ${remark}`);
  return [...linesOf(comparisonTable(judgement.comparison, judgement.ledger, columns)), ...remarks];
}

/** 0 when everything matches, 1 when anything does not. */
export function sessionExitCode({ judgement }: JudgedSession): 0 | 1 {
  return judgement.differentPayloads > 0 ? 1 : exitCodeOf(judgement.comparison, judgement.ledger);
}
