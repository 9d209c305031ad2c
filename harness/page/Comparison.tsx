/**
 * Configured, expected and measured, a line a metric of one client, each with its intervals drawn on a scale of its own.
 */
import { METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricName } from '../../src/metrics/catalogue.ts';
import { GroupRow, ScrollTable, verdictLook } from './ScrollTable.tsx';
import { numberOf, textOf } from './run.ts';
import type { Row } from './run.ts';

const GROUPS: readonly (readonly [title: string, names: RegExp])[] = [
  ['Counting', /^(sent|received|unique|lost|loss_ratio|duplicates|replicated|corrupted|malformed)$/],
  ['Losses', /^(loss_|burst|gap_)/],
  ['Order', /^(reorder|n_reordering)/],
  ['Times', /_us$|^ipdv_/],
  ['Rates', /_[bp]ps$/],
];

const COLUMNS = ['configured', 'expected', 'measured', 'difference'];
/** What a proxy by itself measured at its entry comes first. */
const WITH_ENTRY = ['entered', ...COLUMNS];

const WIDTH = 150;
const HEIGHT = 26;
const EDGE = 8;

/** The rows by group; metrics of no group come last. */
function grouped(rows: readonly Row[]): (readonly [string, readonly Row[]])[] {
  const rest = new Set(rows);
  const groups = GROUPS.map(([title, names]) => {
    const its = [...rest].filter(({ cells }) => names.test(textOf(cells['metric'])));
    for (const row of its) rest.delete(row);
    return [title, its] as const;
  });
  return [...groups, ['Others', [...rest]] as const].filter(([, its]) => its.length > 0);
}

const definitionOf = (metric: string): string | undefined => METRICS[metric as MetricName]?.definition;

const isNumber = ({ cells }: Row): boolean =>
  numberOf(cells['measured']) !== null || numberOf(cells['expected']) !== null;

export function Comparison({ rows }: { readonly rows: readonly Row[] }) {
  const told = rows.filter(isNumber);
  const untold = rows.filter((row) => !isNumber(row));
  const columns = rows.some(({ cells }) => textOf(cells['entered']) !== '') ? WITH_ENTRY : COLUMNS;
  return (
    <>
      <Legend />
      <ScrollTable
        label="Configured, expected and measured"
        look="comparison"
        columns={[
          { name: 'metric', isText: true },
          ...columns.map((name) => ({ name })),
          ...['unit', 'verdict', 'drawn'].map((name) => ({ name, isText: true })),
        ]}
      >
        {grouped(told).map(([title, its]) => (
          <tbody key={title}>
            <GroupRow title={title} columns={columns.length + 4} />
            {its.map((row) => (
              <Line key={row.at} row={row} columns={columns} />
            ))}
          </tbody>
        ))}
      </ScrollTable>
      {untold.length > 0 && (
        <p class="about">
          No figure, expected or measured:{' '}
          {untold
            .map(
              ({ cells }) =>
                `${textOf(cells['metric'])} (${textOf(cells['measured']) || 'there was nothing to take it over'})`,
            )
            .join(', ')}
          .
        </p>
      )}
    </>
  );
}

function Line({ row: { at, cells }, columns }: { readonly row: Row; readonly columns: readonly string[] }) {
  const metric = textOf(cells['metric']);
  const verdict = textOf(cells['verdict']);
  return (
    <tr class={verdictLook(verdict)}>
      <th scope="row" class="text" title={definitionOf(metric)}>
        {metric}
      </th>
      {columns.map((name) => (
        <td class="figure" key={name} data-at={`comparison/${at}/${name}`}>
          {textOf(cells[name])}
        </td>
      ))}
      <td class="text unit">{textOf(cells['unit'])}</td>
      <td class={`text verdict ${verdictLook(verdict)}`} data-at={`comparison/${at}/verdict`}>
        {verdict}
      </td>
      <td class="text">
        <Interval cells={cells} />
      </td>
    </tr>
  );
}

type Cells = Row['cells'];

const range = (low: string, high: string): string =>
  low === '' && high === ''
    ? ''
    : ` (${low === '' ? 'anything' : low} to ${high === '' ? 'anything' : high})`;

/** In words what the drawing shows. */
function inWords(cells: Cells): string {
  const text = (name: string): string => textOf(cells[name]);
  return [
    text('configured') === ''
      ? ''
      : `configured ${text('configured')}${range(text('configured_low'), text('configured_high'))}`,
    text('expected') === '' && text('expected_low') === '' && text('expected_high') === ''
      ? ''
      : `expected ${text('expected')}${range(text('expected_low'), text('expected_high'))}`,
    `measured ${text('measured')}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

const DRAWN = [
  'configured',
  'configured_low',
  'configured_high',
  'expected',
  'expected_low',
  'expected_high',
  'measured',
];

/** The intervals of one row. Nothing is drawn of a figure that stands alone: there is nothing to see it against. */
function Interval({ cells }: { readonly cells: Cells }) {
  const value = (name: string): number | null => numberOf(cells[name]);
  const values = DRAWN.map(value).filter((one) => one !== null);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const hasMore = DRAWN.filter((name) => name !== 'measured').some((name) => value(name) !== null);
  if (values.length < 2 || !hasMore) return <span class="alone">–</span>;
  const x = (of: number): number =>
    high === low ? WIDTH / 2 : EDGE + ((of - low) / (high - low)) * (WIDTH - 2 * EDGE);
  const y = HEIGHT / 2;
  const between = (from: string, to: string): readonly [number, number] | null => {
    if (value(from) === null && value(to) === null) return null;
    return [x(value(from) ?? low), x(value(to) ?? high)];
  };
  const knobs = between('configured_low', 'configured_high');
  const accepted = between('expected_low', 'expected_high');
  const configured = value('configured');
  const expected = value('expected');
  const measured = value('measured');
  return (
    <svg class="interval" width={WIDTH} height={HEIGHT} role="img" aria-label={inWords(cells)}>
      <title>{inWords(cells)}</title>
      <path class="baseline" d={`M${EDGE} ${y}H${WIDTH - EDGE}`} />
      {knobs !== null && (
        <path
          class="knobs"
          d={`M${knobs[0]} ${y}H${knobs[1]}M${knobs[0]} ${y - 5}V${y + 5}M${knobs[1]} ${y - 5}V${y + 5}`}
        />
      )}
      {accepted !== null && (
        <rect
          class="accepted"
          x={accepted[0]}
          y={y - 6}
          width={Math.max(2, accepted[1] - accepted[0])}
          height={12}
        />
      )}
      {configured !== null && (
        <path
          class="configured"
          d={`M${x(configured)} ${y - 6}L${x(configured) + 6} ${y}L${x(configured)} ${y + 6}L${x(configured) - 6} ${y}Z`}
        />
      )}
      {expected !== null && <path class="expected" d={`M${x(expected)} ${y - 11}V${y + 11}`} />}
      {measured !== null && (
        <circle class={`measured ${verdictLook(textOf(cells['verdict']))}`} cx={x(measured)} cy={y} r={4} />
      )}
    </svg>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-hidden="true">
      <li>
        <svg class="interval" width="34" height="14">
          <path class="knobs" d="M2 7H32M2 2V12M32 2V12" />
          <path class="configured" d="M17 1L23 7L17 13L11 7Z" />
        </svg>
        configured, and what the knobs allow
      </li>
      <li>
        <svg class="interval" width="34" height="14">
          <rect class="accepted" x="4" y="2" width="26" height="10" />
          <path class="expected" d="M17 0V14" />
        </svg>
        expected, and what is accepted
      </li>
      <li>
        <svg class="interval" width="14" height="14">
          <circle class="measured" cx="7" cy="7" r="4" />
        </svg>
        measured
      </li>
      <li>each line has a scale of its own, from its smallest figure to its largest</li>
    </ul>
  );
}
