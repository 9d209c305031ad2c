/**
 * The results of the micro-benchmarks as an aligned table.
 */
import type { TableRow } from '../../harness/report/tables.ts';
import { NOT_MEASURED } from '../../src/base/figures.ts';
import { fitTable } from '../../src/base/textTable.ts';

type MicroRow = TableRow<'micro'>;

const HEADER = ['suite', 'task', 'ops/s', 'mean ns', 'p50 ns', 'p99 ns', 'samples', 'hash'];
/** Suite and task are words, which are aligned to the left. */
const WORD_COLUMNS = 2;

/** Three significant digits, or all digits of a longer whole number. */
const nanoseconds = (value: number | null): string => {
  if (value === null) return NOT_MEASURED;
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
};

const rate = (value: number | null): string => (value === null ? NOT_MEASURED : value.toFixed(0));

/** One row as a line of text, to show each task as it ends. */
export function formatTask(row: MicroRow): string {
  return `${row.suite}, ${row.task}: ${nanoseconds(row.p50_ns)} ns, ${rate(row.ops_per_s)}/s, hash ${row.hash}`;
}

/** A header and one line per task, each with a line feed. @param columns of the terminal; null without a terminal */
export function formatMicro(rows: readonly MicroRow[], columns: number | null = null): string {
  const lines = rows.map((row) => [
    row.suite,
    row.task,
    rate(row.ops_per_s),
    nanoseconds(row.mean_ns),
    nanoseconds(row.p50_ns),
    nanoseconds(row.p99_ns),
    String(row.samples),
    row.hash,
  ]);
  const isWord = (column: number): boolean => column < WORD_COLUMNS;
  return fitTable([HEADER, ...lines], { columns, keys: WORD_COLUMNS, isWord });
}
