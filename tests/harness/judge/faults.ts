/** Whether judged rows are as they have to be: the rows themselves are looked at, not the verdict that is made of them. */
import type { LedgerRow } from '../../../harness/judge/accounting.ts';
import type { ComparisonRow } from '../../../harness/judge/compare.ts';

/** Metrics that mismatch, and accounts in which something is unexplained. */
export const countFaults = (rows: readonly ComparisonRow[], ledger: readonly LedgerRow[]): number =>
  rows.filter(({ verdict }) => verdict === 'mismatch').length +
  ledger.filter(({ unexplained }) => unexplained !== null && unexplained !== 0).length;
