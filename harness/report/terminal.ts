/**
 * The run's result for people: short aligned tables.
 *
 * It formats rows; verdicts come with them.
 */
import { worstVerdict } from '../judge/compare.ts';
import { formatNumber, NOT_MEASURED } from '../../src/base/figures.ts';
import { fitTable } from '../../src/base/textTable.ts';
import type { ComparisonRow, Verdict } from '../judge/compare.ts';
import type { LedgerRow } from '../judge/accounting.ts';
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricName } from '../../src/metrics/catalogue.ts';
import { styled } from '../../src/display/wrap.ts';
import type { Style } from '../../src/display/wrap.ts';
import type { TableRow } from './tables.ts';

/** Where a table is shown. */
export interface TableOptions {
  /** Of the terminal; null without a terminal. */
  readonly columns: number | null;
  readonly colour: boolean;
}

/** For a file or a pipe. */
export const PLAIN_TABLE: TableOptions = { columns: null, colour: false };

const VERDICT_STYLES: Readonly<Record<Verdict, Style>> = {
  match: 'green',
  within: 'green',
  'kernel drop': 'yellow',
  'not measured': 'yellow',
  mismatch: 'red',
};

/** A verdict in its colour; anything else as it is. */
const painted = (text: string, colour: boolean): string =>
  styled({ text, style: VERDICT_STYLES[text as Verdict] ?? 'plain' }, colour);

/** Figures are aligned to the right; the last column is a verdict, which is coloured. */
function verdictTable(
  header: readonly string[],
  lines: readonly (readonly string[])[],
  { columns, colour }: TableOptions,
  keys = 1,
): string {
  const last = header.length - 1;
  return fitTable([header, ...lines], {
    columns,
    keys,
    isWord: (column) => column === last,
    paintLast: (verdict) => painted(verdict, colour),
  });
}

const figure = (value: number | null): string => (value === null ? NOT_MEASURED : formatNumber(value));

const rounded = (value: number | null, digits: number): string =>
  value === null ? NOT_MEASURED : value.toFixed(digits);

/** `5/5`, or `4..6/5` if a range is accepted, or `-/5` if nothing is known. */
function expectedAndMeasured(row: ComparisonRow | undefined): string {
  if (row === undefined) return '-';
  const { expected, expected_low: low, expected_high: high } = row;
  const range = low === null && high === null ? '-' : `${figure(low)}..${figure(high)}`;
  const measured = row.measured === 'none' ? 'none' : figure(row.measured);
  return `${expected === null ? range : figure(expected)}/${measured}`;
}

/** Identifies flow, direction and client of a row. */
const accountKey = ({ flow, direction, client }: ComparisonRow | LedgerRow): string =>
  `${flow} ${direction} ${client}`;

const columnOf = (name: MetricName): number => METRICS[name].tableColumn ?? 0;
const TABLE_METRICS = METRIC_NAMES.filter((name) => columnOf(name) > 0).toSorted(
  (one, other) => columnOf(one) - columnOf(other),
);

/**
 * One line per flow, direction and client: what was sent and delivered, what was expected and measured, and the worst
 * verdict.
 */
export function comparisonTable(
  comparison: readonly ComparisonRow[],
  ledger: readonly LedgerRow[],
  options: TableOptions = PLAIN_TABLE,
): string {
  const rowsOf = new Map<string, ComparisonRow[]>();
  for (const row of comparison) {
    const rows = rowsOf.get(accountKey(row));
    if (rows === undefined) rowsOf.set(accountKey(row), [row]);
    else rows.push(row);
  }
  const lines = ledger.map((account) => {
    const rows = rowsOf.get(accountKey(account)) ?? [];
    return [
      `${account.client ?? `flow ${account.flow}`} ${account.direction}`,
      figure(account.sent),
      figure(account.delivered),
      ...TABLE_METRICS.map((metric) => expectedAndMeasured(rows.find((row) => row.metric === metric))),
      figure(account.unexplained),
      worstVerdict(rows.map((row) => row.verdict)),
    ];
  });
  const header = ['client', 'sent', 'delivered', ...TABLE_METRICS, 'unexplained', 'verdict'];
  return verdictTable(header, lines, options);
}

/** Number of streams of a proxy that are printed. */
const MAX_STREAM_LINES = 8;

/**
 * The result of a proxy by itself, as lines: one per stream, those first whose verdict is worst; then which of the flows have
 * something unexplained.
 */
export function proxiedTable(
  {
    comparison,
    ledger,
  }: {
    readonly comparison: readonly ComparisonRow[];
    readonly ledger: readonly LedgerRow[];
  },
  options: TableOptions = PLAIN_TABLE,
): string[] {
  const rowsOf = new Map<string, ComparisonRow[]>();
  for (const row of comparison) {
    const stream = row.stream === 1 ? '' : `, stream ${row.stream}`;
    const key = `${row.flow} ${row.direction}${stream}`;
    const rows = rowsOf.get(key);
    if (rows === undefined) rowsOf.set(key, [row]);
    else rows.push(row);
  }
  const streams = [...rowsOf].map(([key, rows]) => ({
    key,
    rows,
    verdict: worstVerdict(rows.map((row) => row.verdict)),
  }));
  const shown = streams
    .toSorted((a, b) => Number(b.verdict === 'mismatch') - Number(a.verdict === 'mismatch'))
    .slice(0, MAX_STREAM_LINES);
  const lines = shown.map(({ key, rows, verdict }) => [
    key,
    ...TABLE_METRICS.map((metric) => expectedAndMeasured(rows.find((row) => row.metric === metric))),
    verdict,
  ]);
  const more = streams.length - shown.length;
  const unexplained = ledger.filter((row) => row.unexplained !== 0 && row.unexplained !== null);
  return [
    ...(lines.length === 0
      ? ['nothing with an index came in, so nothing is compared']
      : verdictTable(['flow', ...TABLE_METRICS, 'verdict'], lines, options)
          .trimEnd()
          .split('\n')),
    ...(more > 0 ? [`${more} more in comparison.csv`] : []),
    ...unexplained
      .slice(0, MAX_STREAM_LINES)
      .map((row) => `flow ${row.flow} ${row.direction}: ${figure(row.unexplained)} unexplained`),
  ];
}

/** One line per interval of a throughput run. */
export function throughputTable(
  rows: readonly TableRow<'throughput'>[],
  options: TableOptions = PLAIN_TABLE,
): string {
  const lines = rows.map((row) => [
    row.interval_us === 0 ? 'flat out' : `${formatNumber(row.interval_us)} us`,
    figure(row.clients),
    figure(row.datagram_bytes),
    row.expected_pps === null ? '-' : rounded(row.expected_pps, 0),
    rounded(row.sent_pps, 0),
    rounded(row.received_pps, 0),
    figure(row.lost),
    row.late_p99_us === 'none' ? '-' : rounded(row.late_p99_us, 1),
    row.limited_by,
    row.verdict,
  ]);
  const header = [
    'interval',
    'clients',
    'bytes',
    'expected/s',
    'sent/s',
    'received/s',
    'lost',
    'late p99 us',
    'limited by',
    'verdict',
  ];
  return verdictTable(header, lines, options, 3);
}
