/**
 * summary.md: the verdict and the short tables, for a pull request or the summary of a CI job.
 */
import { NOT_MEASURED } from '../../../src/base/figures.ts';
import { METRIC_NAMES, METRICS } from '../../../src/metrics/catalogue.ts';
import type { MetricName } from '../../../src/metrics/catalogue.ts';
import { worstVerdict } from '../../judge/compare.ts';
import type { Verdict as RowVerdict } from '../../judge/compare.ts';
import { grouped } from '../model/finding.ts';
import type { Cell } from '../model/readTable.ts';
import { accountOf, figure, pointOf, rowsIn, subjectOf } from '../model/rows.ts';
import type { Row } from '../model/rows.ts';
import type { RunModel } from '../model/runModel.ts';
import { isWrong } from '../model/verdict.ts';
import { code, codeBlock, prose, table } from './markdown.ts';

/** Rows that are shown of a table; a job's summary may have 1 MiB. */
const MAX_ROWS = 100;
const MAX_NOTES = 30;

const SHOWN = METRIC_NAMES.filter((name) => METRICS[name].tableColumn !== undefined).toSorted(
  (one, other) => (METRICS[one].tableColumn ?? 0) - (METRICS[other].tableColumn ?? 0),
);

const shown = (cell: Cell | undefined): string =>
  cell === null || cell === undefined ? '–' : prose(figure(cell));

const rounded = (cell: Cell | undefined): string =>
  typeof cell === 'number' ? grouped(Math.round(cell)) : shown(cell);

export function drawSummary(model: RunModel): string {
  const { verdict, notes, seed } = model;
  const sections = [
    [`### ${isWrong(verdict) ? '❌' : verdict.kind === 'clean' ? '✅' : '⚠️'} ${prose(verdict.sentence)}`],
    [`Run ${code(model.name)}${seed === null ? '' : `, seed ${code(seed)}`}`],
    verdict.faults.length === 0 ? [] : codeBlock(verdict.faults),
    verdict.again === null ? [] : ['To see it again:', '', ...codeBlock([verdict.again])],
    sessionSection(model),
    throughputSection(model),
    conversationSection(model),
    expectationSection(model),
    notes.length === 0
      ? []
      : [
          ...notes.slice(0, MAX_NOTES).map(({ severity, text }) => `- ${severity}: ${code(text)}`),
          ...more(notes.length - MAX_NOTES, 'notes', 'notes.csv'),
        ],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const more = (count: number, what: string, file: string): string[] =>
  count > 0 ? ['', `${grouped(count)} more ${what} are in ${code(file)}.`] : [];

function sessionSection(model: RunModel): string[] {
  const ledger = rowsIn(model, 'ledger');
  if (ledger.length === 0) return [];
  const compared = new Map<string, Row[]>();
  for (const row of rowsIn(model, 'comparison')) {
    const key = accountOf(row);
    const others = compared.get(key);
    if (others === undefined) compared.set(key, [row]);
    else others.push(row);
  }
  const lines = ledger.slice(0, MAX_ROWS).map((row) => {
    const metrics = compared.get(accountOf(row)) ?? [];
    const both = (name: MetricName): string => {
      const found = metrics.find(({ metric }) => metric === name);
      return found === undefined ? '–' : `${shown(found['expected'])} / ${shown(found['measured'])}`;
    };
    return [
      code(`${row['scenario']}, ${row['clock']}`),
      subjectOf(row),
      shown(row['sent']),
      shown(row['delivered']),
      ...SHOWN.map(both),
      shown(row['unexplained']),
      metrics.length === 0 ? NOT_MEASURED : worstVerdict(metrics.map(({ verdict }) => verdict as RowVerdict)),
    ];
  });
  const header = [
    'session',
    'receiver',
    'sent',
    'delivered',
    ...SHOWN.map((name) => `${prose(name)} (expected / measured)`),
    'unexplained',
    'verdict',
  ];
  return [...table(header, lines), ...more(ledger.length - MAX_ROWS, 'rows', 'ledger.csv')];
}

function throughputSection(model: RunModel): string[] {
  const rows = rowsIn(model, 'throughput');
  if (rows.length === 0) return [];
  const lines = rows
    .slice(0, MAX_ROWS)
    .map((row) => [
      code(pointOf(row)),
      rounded(row['expected_pps']),
      rounded(row['sent_pps']),
      rounded(row['received_pps']),
      shown(row['lost']),
      prose(String(row['limited_by'])),
      prose(String(row['verdict'])),
    ]);
  const header = ['interval', 'expected/s', 'sent/s', 'received/s', 'lost', 'limited by', 'verdict'];
  return [...table(header, lines), ...more(rows.length - MAX_ROWS, 'points', 'throughput.csv')];
}

function conversationSection(model: RunModel): string[] {
  const rows = rowsIn(model, 'conversation');
  if (rows.length === 0) return [];
  const columns = [
    'flow',
    'sent',
    'expected',
    'arrived',
    'same',
    'different',
    'missing',
    'additional',
    'verdict',
  ];
  const lines = rows.slice(0, MAX_ROWS).map((row) => columns.map((name) => shown(row[name])));
  return [...table(columns, lines), ...more(rows.length - MAX_ROWS, 'flows', 'conversation.csv')];
}

function expectationSection({ expectations }: RunModel): string[] {
  if (expectations.length === 0) return [];
  // What is not met comes first: it is what a reader looks for.
  const inOrder = [
    ...expectations.filter(({ result }) => result === 'not met'),
    ...expectations.filter(({ result }) => result !== 'not met'),
  ];
  const lines = inOrder
    .slice(0, MAX_ROWS)
    .map(({ expectation, subject, metric, measured, result }) => [
      code(expectation),
      code(subject),
      `${prose(metric)} is ${measured === null ? 'undefined' : shown(measured)}`,
      result,
    ]);
  const header = ['expectation', 'of', 'measured', 'result'];
  return [...table(header, lines), ...more(expectations.length - MAX_ROWS, 'rows', 'expectations.csv')];
}
