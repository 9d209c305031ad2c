/** Folders of runs as texts, written by hand: a run's tables with the cells that matter. */
import { columnsOf } from '../../../../harness/report/tables.ts';
import type { TableName } from '../../../../harness/report/tables.ts';

type Cells = Readonly<Record<string, string | number>>;

const RUN: Cells = {
  schema: 2,
  run: 'r1',
  scenario: 'flags',
  seed: '7',
  clock: 'real',
  mode: 'processes',
  transport: 'node',
  flow: 1,
  direction: 'down',
  client: 1,
};

const quoted = (cell: string | number): string =>
  typeof cell === 'string' && /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : String(cell);

/** A table's text; a cell that is not given is that of `RUN`, or empty. */
export function csv(table: TableName, rows: readonly Cells[]): [string, string] {
  const names = Object.keys(columnsOf(table));
  const lines = rows.map((row) => names.map((name) => quoted(row[name] ?? RUN[name] ?? '')).join(','));
  return [`${table}.csv`, `${[names.join(','), ...lines].join('\n')}\n`];
}

/** environment.json as a run writes it. */
export const environment = (more: Readonly<Record<string, unknown>> = {}): [string, string] => [
  'environment.json',
  `${JSON.stringify({
    matchstream: '0.1.0',
    commandLine: ['replay', 'match.jsonl', '--drop', '5%', '--report', 'out'],
    seed: '7',
    interrupted: null,
    readAt: '2026-01-31T12:00:00Z',
    ...more,
  })}\n`,
];

/** The account of a client that was sent so many, and got them. */
export const account = (client: number, sent: number, more: Cells = {}): Cells => ({
  flow: client,
  client,
  sent,
  duplicated: 0,
  dropped: 0,
  kernel_drops_proxy: 0,
  kernel_drops_client: 0,
  kernel_drop_events: 0,
  refused: 0,
  held_at_end: 0,
  delivered: sent,
  unexplained: 0,
  ...more,
});

/** A metric that matches. */
export const lost = (client: number, count: number, more: Cells = {}): Cells => ({
  flow: client,
  client,
  interval_us: 1000,
  metric: 'lost',
  unit: 'datagrams',
  expected: count,
  measured: count,
  difference: 0,
  verdict: 'match',
  ...more,
});

/** A delay within its band. */
export const delay = (client: number, more: Cells = {}): Cells => ({
  flow: client,
  client,
  interval_us: 1000,
  metric: 'delay_max_us',
  unit: 'us',
  expected: 4000,
  expected_low: 3900,
  expected_high: 7100,
  measured: 4500,
  difference: 500,
  verdict: 'within',
  ...more,
});

/** A point of a benchmark at which all arrived. */
export const point = (intervalUs: number, sent: number, more: Cells = {}): Cells => ({
  scenario: 'throughput',
  interval_us: intervalUs,
  clients: 1,
  datagram_bytes: 1200,
  duration_s: 1,
  sent,
  received: sent,
  lost: 0,
  kernel_drops: 0,
  unexplained: 0,
  limited_by: 'nothing',
  verdict: 'match',
  ...more,
});

/** A flow of a conversation that went as recorded. */
export const played = (flow: number, count: number, more: Cells = {}): Cells => ({
  flow,
  side: 'clients',
  sent: count,
  expected: count,
  arrived: count,
  same: count,
  different: 0,
  missing: 0,
  additional: 0,
  repeated: 0,
  unsent: 0,
  verdict: 'match',
  ...more,
});
