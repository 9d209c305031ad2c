/**
 * Benchmarks: throughput and lateness against the interval, a line a transport; micro-benchmarks; and the other tables of
 * such runs.
 */
import type { Table } from '../report/model/readTable.ts';
import type { DataTable as TableName, RunModel } from '../report/model/runModel.ts';
import { csvTable, DataTable } from './DataTable.tsx';
import type { Column } from './ScrollTable.tsx';
import { Figure } from './Figure.tsx';
import { Plot } from './Plot.tsx';
import type { Point, Series } from './Plot.tsx';
import { numberOf, rowsOf, textOf } from './run.ts';
import type { Row } from './run.ts';
import { RangeRows } from './RangeRows.tsx';
import { medianOf, shortNumber, shortTime } from './scales.ts';

const THROUGHPUT: readonly Column[] = [
  { name: 'transport', isText: true },
  { name: 'interval_us' },
  { name: 'clients' },
  { name: 'datagram_bytes' },
  { name: 'expected_pps' },
  { name: 'sent_pps' },
  { name: 'received_pps' },
  { name: 'rate_ratio' },
  { name: 'sent' },
  { name: 'received' },
  { name: 'lost' },
  { name: 'kernel_drops' },
  { name: 'unexplained' },
  { name: 'late_p50_us' },
  { name: 'late_p99_us' },
  { name: 'late_max_us' },
  { name: 'server_cpu_percent' },
  { name: 'client_cpu_percent' },
  { name: 'limited_by', isText: true },
  { name: 'verdict', isText: true },
  { name: 'round' },
];

const GROUP_COLUMNS = ['transport', 'clients', 'datagram_bytes'] as const;

/** Rows that make one line, and what tells it from the others. */
function linesOf(rows: readonly Row[]): (readonly [name: string, rows: readonly Row[]])[] {
  const differing = GROUP_COLUMNS.filter(
    (name) => new Set(rows.map(({ cells }) => textOf(cells[name]))).size > 1,
  );
  const nameOf = ({ cells }: Row): string =>
    ['transport', ...differing.filter((name) => name !== 'transport')]
      .map((name) =>
        name === 'transport'
          ? textOf(cells[name])
          : `${textOf(cells[name])} ${name === 'clients' ? 'clients' : 'bytes'}`,
      )
      .join(', ');
  const lines = new Map<string, Row[]>();
  for (const row of rows) lines.set(nameOf(row), [...(lines.get(nameOf(row)) ?? []), row]);
  return [...lines];
}

/** A line of the points that both logarithmic axes can have; of a point that was measured several times, the median. */
function pointsOf(rows: readonly Row[], column: string, say: (value: number) => string): Point[] {
  const byInterval = new Map<number, number[]>();
  for (const { cells } of rows) {
    const [x, y] = [numberOf(cells['interval_us']), numberOf(cells[column])];
    if (x === null || y === null || x <= 0 || y <= 0) continue;
    byInterval.set(x, [...(byInterval.get(x) ?? []), y]);
  }
  return [...byInterval]
    .map(([x, values]) => {
      const y = medianOf(values);
      const rounds = values.length === 1 ? '' : `, the median of ${values.length} rounds`;
      return { x, y, text: `${say(y)} at an interval of ${shortTime(x)}${rounds}` };
    })
    .toSorted((a, b) => a.x - b.x);
}

const INTERVAL = { label: 'interval between datagrams', isLog: true, format: shortTime } as const;

const rate = (value: number): string => `${shortNumber(Number(value.toPrecision(3)))} datagrams/s`;

const drawable = (all: readonly Series[]): Series[] => all.filter(({ points }) => points.length > 0);

export function Throughput({ run }: { readonly run: RunModel }) {
  const rows = rowsOf(run, 'throughput');
  if (rows.length === 0) return null;
  const lines = linesOf(rows);
  const flat = rows.filter(({ cells }) => cells['interval_us'] === 0);
  const received = lines.map(([name, its], k): Series => ({
    name: `${name}: received`,
    colour: k + 1,
    kind: 'line',
    points: pointsOf(its, 'received_pps', rate),
  }));
  // Above the others, which lie below it where a rate was reached.
  const expected: Series = {
    name: 'expected',
    colour: 6,
    kind: 'line',
    isDashed: true,
    points: pointsOf(lines[0]?.[1] ?? [], 'expected_pps', rate),
  };
  const rates = [...received, expected];
  const lateness: Series[] = lines.flatMap(([name, its], k) => [
    {
      name: `${name}: p50`,
      colour: k + 1,
      kind: 'line' as const,
      isDashed: true,
      points: pointsOf(its, 'late_p50_us', shortTime),
    },
    {
      name: `${name}: p99`,
      colour: k + 1,
      kind: 'line' as const,
      points: pointsOf(its, 'late_p99_us', shortTime),
    },
  ]);
  return (
    <section id="throughput">
      <h2>Throughput and lateness</h2>
      {drawable(rates).length > 0 && (
        <Figure
          title="Rate against interval"
          about={
            <>
              Datagrams received a second, against what the interval asks for; both scales are logarithmic.
              {rows.some(({ cells }) => cells['round'] === 2) && ' Of several rounds, the median.'}
              {flat.length > 0 &&
                ` Flat out, where no interval is kept: ${flat.map(({ cells }) => `${textOf(cells['transport'])} ${rate(numberOf(cells['received_pps']) ?? 0)}`).join(', ')}.`}
            </>
          }
          data={() => csvTable('throughput', rows, THROUGHPUT)}
        >
          <Plot
            label="Datagrams received a second against the interval"
            x={INTERVAL}
            y={{ label: 'datagrams/s', isLog: true, format: shortNumber }}
            series={drawable(rates)}
          />
        </Figure>
      )}
      {drawable(lateness).length > 0 && (
        <Figure
          title="Lateness against interval"
          about="How long after its due time a datagram was sent: the median and the 99th percentile; both scales are logarithmic."
          data={() => csvTable('throughput', rows, THROUGHPUT)}
        >
          <Plot
            label="Lateness of sending against the interval"
            x={INTERVAL}
            y={{ label: 'late', isLog: true, format: shortTime }}
            series={drawable(lateness)}
          />
        </Figure>
      )}
      <DataTable label="Throughput" {...csvTable('throughput', rows, THROUGHPUT)} />
    </section>
  );
}

const MICRO: readonly Column[] = [
  { name: 'suite', isText: true },
  { name: 'task', isText: true },
  { name: 'ops_per_s' },
  { name: 'mean_ns' },
  { name: 'p50_ns' },
  { name: 'p99_ns' },
  { name: 'samples' },
  { name: 'hash', isText: true },
];

const NS_PER_US = 1000;

export function Micro({ run }: { readonly run: RunModel }) {
  const rows = rowsOf(run, 'micro');
  if (rows.length === 0) return null;
  const timed = rows.filter(
    ({ cells }) => (numberOf(cells['p50_ns']) ?? 0) > 0 && (numberOf(cells['p99_ns']) ?? 0) > 0,
  );
  return (
    <section id="micro">
      <h2>Micro-benchmarks</h2>
      {timed.length > 0 && (
        <Figure
          title="Time of one operation"
          about="From the median (dot) to the 99th percentile (bar's end) of each task; the scale is logarithmic."
          data={() => csvTable('micro', rows, MICRO)}
        >
          <RangeRows
            label="Time of one operation, task by task; its figures stand in the table below"
            format={shortTime}
            rows={timed.map((row) => ({
              name: textOf(row.cells['task']),
              from: (numberOf(row.cells['p50_ns']) as number) / NS_PER_US,
              to: (numberOf(row.cells['p99_ns']) as number) / NS_PER_US,
            }))}
          />
        </Figure>
      )}
      <DataTable label="Micro-benchmarks" {...csvTable('micro', rows, MICRO)} />
    </section>
  );
}

/** Tables that are shown as they are. */
const PLAIN: readonly (readonly [name: TableName, title: string])[] = [
  ['conversation', 'Conversation'],
  ['capacity', 'Capacity without loss'],
  ['virtual', 'On the virtual clock'],
];

/** What all tables begin with says who they are of, which the page says already. */
const COMMON_COLUMNS = new Set(['schema', 'run', 'scenario', 'seed', 'clock', 'mode']);

const figuresOf = ({ columns }: Table): readonly Column[] =>
  columns
    .filter(({ name }) => !COMMON_COLUMNS.has(name))
    .map(({ name, type }) => ({ name, isText: type === 'text' }));

export function PlainTables({ run }: { readonly run: RunModel }) {
  return (
    <>
      {PLAIN.map(([name, title]) => {
        const table = run.tables[name];
        if (table === undefined || table.rows.length === 0) return null;
        const columns = figuresOf(table);
        return (
          <section id={name} key={name}>
            <h2>{title}</h2>
            <DataTable label={title} {...csvTable(name, rowsOf(run, name), columns)} />
          </section>
        );
      })}
    </>
  );
}

/** What a workload may measure: of rates a figure, of times the middle and the worst. */
const PEER_FIGURES = [
  ['received_pps', null, 'received a second', shortNumber],
  ['late_p50_us', 'late_p99_us', 'lateness, median to 99th percentile', shortTime],
  ['round_trip_p50_us', 'round_trip_p99_us', 'round trip, median to 99th percentile', shortTime],
  ['first_p50_us', 'first_max_us', 'first datagram, median to slowest', shortTime],
] as const;

/** Ours beside other programs: a drawing for each figure that a workload has of two of them or more. */
export function Peers({ run }: { readonly run: RunModel }) {
  const table = run.tables['peers'];
  if (table === undefined || table.rows.length === 0) return null;
  const rows = rowsOf(run, 'peers');
  const workloads = [...new Set(rows.map(({ cells }) => textOf(cells['workload'])))];
  const columns = figuresOf(table);
  return (
    <section id="peers">
      <h2>Beside other programs</h2>
      {workloads.flatMap((workload) => {
        const its = rows.filter(({ cells }) => textOf(cells['workload']) === workload);
        return PEER_FIGURES.map(([from, to, what, format]) => {
          const shown = its.flatMap(({ cells }) => {
            const [low, high] = [numberOf(cells[from]), to === null ? null : numberOf(cells[to])];
            const bytes = textOf(cells['datagram_bytes']);
            const name = `${textOf(cells['peer'])}${bytes === '' ? '' : `, ${bytes} bytes`}`;
            return low === null || low <= 0 ? [] : [{ name, from: low, to: high }];
          });
          if (shown.length < 2) return null;
          return (
            <Figure
              key={`${workload} ${from}`}
              title={`${workload}: ${what}`}
              about="A line a program; the scale is logarithmic."
              data={() => csvTable('peers', its, columns)}
            >
              <RangeRows label={`${workload}: ${what}, program by program`} format={format} rows={shown} />
            </Figure>
          );
        });
      })}
      <DataTable label="Beside other programs" {...csvTable('peers', rows, columns)} />
    </section>
  );
}
