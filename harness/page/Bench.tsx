/**
 * Benchmarks: throughput and lateness against the interval, a line a transport; micro-benchmarks; and the other tables of
 * such runs.
 */
import type { DataTable as TableName, RunModel } from '../report/model/runModel.ts';
import { csvTable, DataTable } from './DataTable.tsx';
import type { Column } from './DataTable.tsx';
import { Figure } from './Figure.tsx';
import { Plot } from './Plot.tsx';
import type { Point, Series } from './Plot.tsx';
import { numberOf, rowsOf, textOf } from './run.ts';
import type { Row } from './run.ts';
import { logScale, placeOf, shortNumber, shortTime } from './scales.ts';
import { useWidth } from './width.ts';

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

/** A line of the points that both logarithmic axes can have. */
const pointsOf = (rows: readonly Row[], column: string, say: (value: number) => string): Point[] =>
  rows
    .flatMap(({ cells }) => {
      const [x, y] = [numberOf(cells['interval_us']), numberOf(cells[column])];
      return x === null || y === null || x <= 0 || y <= 0
        ? []
        : [{ x, y, text: `${say(y)} at an interval of ${shortTime(x)}` }];
    })
    .toSorted((a, b) => a.x - b.x);

const INTERVAL = { label: 'interval between datagrams', isLog: true, format: shortTime } as const;

const rate = (value: number): string => `${shortNumber(Number(value.toPrecision(3)))} datagrams/s`;

const drawable = (all: readonly Series[]): Series[] => all.filter(({ points }) => points.length > 0);

export function Throughput({ run }: { readonly run: RunModel }) {
  const rows = rowsOf(run, 'throughput');
  if (rows.length === 0) return null;
  const lines = linesOf(rows);
  const flat = rows.filter(({ cells }) => cells['interval_us'] === 0);
  const rates: Series[] = lines.flatMap(([name, its], k) => [
    {
      name: `${name}: received`,
      colour: k + 1,
      kind: 'line' as const,
      points: pointsOf(its, 'received_pps', rate),
    },
    ...(k === 0
      ? [
          {
            name: 'expected',
            colour: 6,
            kind: 'line' as const,
            isDashed: true,
            points: pointsOf(its, 'expected_pps', rate),
          },
        ]
      : []),
  ]);
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
          <Times rows={timed} />
        </Figure>
      )}
      <DataTable label="Micro-benchmarks" {...csvTable('micro', rows, MICRO)} />
    </section>
  );
}

const ROW_PX = 24;
const TICKS_PX = 24;
const EDGE_PX = 28;
const LABEL_SHARE = 0.4;
const LABEL_MOST_PX = 230;

const timeOf = ({ cells }: Row, name: string): number => (numberOf(cells[name]) as number) / NS_PER_US;

/** A line a task. */
function Times({ rows }: { readonly rows: readonly Row[] }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const scale = logScale(rows.flatMap((row) => [timeOf(row, 'p50_ns'), timeOf(row, 'p99_ns')]));
  const left = Math.min(LABEL_MOST_PX, width * LABEL_SHARE);
  const x = (timeUs: number): number => left + placeOf(scale, timeUs) * (width - left - EDGE_PX);
  const height = TICKS_PX + rows.length * ROW_PX;
  const every = Math.ceil((scale.ticks.length * 56) / (width - left));
  return (
    <div ref={ref} class="plot">
      <svg
        width={width}
        height={height}
        role="img"
        aria-label="Time of one operation, task by task; its figures stand in the table below"
      >
        {scale.ticks
          .filter((_, k) => k % every === 0)
          .map((tick) => (
            <g key={tick}>
              <path class="grid" d={`M${x(tick)} ${TICKS_PX - 6}V${height}`} />
              <text class="tick" x={x(tick)} y={12} text-anchor="middle">
                {shortTime(tick)}
              </text>
            </g>
          ))}
        {rows.map((row, k) => {
          const y = TICKS_PX + (k + 0.5) * ROW_PX;
          const [from, to] = [x(timeOf(row, 'p50_ns')), x(timeOf(row, 'p99_ns'))];
          return (
            <g key={row.at} class="c1">
              <title>{`${textOf(row.cells['task'])}: p50 ${shortTime(timeOf(row, 'p50_ns'))}, p99 ${shortTime(timeOf(row, 'p99_ns'))}`}</title>
              <text x={0} y={y + 4}>
                {textOf(row.cells['task'])}
              </text>
              <path class="stroke" d={`M${from} ${y}H${to}M${to} ${y - 5}V${y + 5}`} />
              <circle class="dot" cx={from} cy={y} r={4} />
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** Tables that are shown as they are. */
const PLAIN: readonly (readonly [name: TableName, title: string])[] = [
  ['conversation', 'Conversation'],
  ['capacity', 'Capacity without loss'],
  ['virtual', 'On the virtual clock'],
  ['peers', 'Beside other programs'],
];

/** What all tables begin with says who they are of, which the page says already. */
const COMMON_COLUMNS = new Set(['schema', 'run', 'scenario', 'seed', 'clock', 'mode']);

export function PlainTables({ run }: { readonly run: RunModel }) {
  return (
    <>
      {PLAIN.map(([name, title]) => {
        const table = run.tables[name];
        if (table === undefined || table.rows.length === 0) return null;
        const columns = table.columns
          .filter((column) => !COMMON_COLUMNS.has(column.name))
          .map((column) => ({ name: column.name, isText: column.type === 'text' }));
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
