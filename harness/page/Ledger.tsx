/**
 * Where every datagram went: the ledger as a flow from what was sent to where it ended, and as a table.
 */
import { Figure } from './Figure.tsx';
import { csvTable } from './DataTable.tsx';
import { numberOf, textOf } from './run.ts';
import type { Row } from './run.ts';
import { percent } from './scales.ts';
import { useWidth } from './width.ts';

interface Part {
  readonly name: string;
  readonly count: number;
  /** Its colour's class. */
  readonly colour: string;
}

const LEDGER_COLUMNS = [
  { name: 'client' },
  { name: 'direction', isText: true },
  { name: 'sent' },
  { name: 'duplicated' },
  { name: 'delivered' },
  { name: 'dropped' },
  { name: 'kernel_drops_proxy' },
  { name: 'kernel_drops_client' },
  { name: 'refused' },
  { name: 'held_at_end' },
  { name: 'unexplained' },
  { name: 'late_p50_us' },
  { name: 'late_p99_us' },
  { name: 'late_max_us' },
];

const ENDS = [
  ['kernel_drops_proxy', 'dropped by the kernel, at the proxy', 'kernel'],
  ['kernel_drops_client', 'dropped by the kernel, at the client', 'kernel'],
  ['refused', 'refused by the kernel', 'kernel'],
  ['held_at_end', 'held at the end', 'held'],
  ['unexplained', 'unexplained', 'bad'],
] as const;

/** What a column of the given rows adds up to; null where one of them was not measured. */
function total(rows: readonly Row[], column: string): number | null {
  let sum = 0;
  for (const { cells } of rows) {
    const value = numberOf(cells[column]);
    if (value === null) return null;
    sum += value;
  }
  return sum;
}

/** Where the datagrams of some accounts ended, without what did not happen. */
function partsOf(ledger: readonly Row[], causes: readonly Row[]): Part[] {
  const byCause = new Map<string, number>();
  for (const { cells } of causes) {
    const cause = textOf(cells['cause']);
    byCause.set(cause, (byCause.get(cause) ?? 0) + (numberOf(cells['count']) ?? 0));
  }
  const dropped = total(ledger, 'dropped') ?? 0;
  const unnamed = dropped - [...byCause.values()].reduce((sum, count) => sum + count, 0);
  return [
    { name: 'delivered', count: total(ledger, 'delivered') ?? 0, colour: 'good' },
    ...[...byCause].map(([cause, count]) => ({ name: `dropped: ${cause}`, count, colour: 'drop' })),
    { name: 'dropped', count: unnamed, colour: 'drop' },
    ...ENDS.map(([column, name, colour]) => ({ name, count: total(ledger, column) ?? 0, colour })),
  ].filter(({ count }) => count !== 0);
}

interface LedgerProps {
  readonly ledger: readonly Row[];
  readonly causes: readonly Row[];
  readonly who: string;
}

export function Ledger({ ledger, causes, who }: LedgerProps) {
  const sent = total(ledger, 'sent');
  const duplicated = total(ledger, 'duplicated') ?? 0;
  const parts = partsOf(ledger, causes);
  const unmeasured = LEDGER_COLUMNS.map(({ name }) => name).filter((name) =>
    ledger.some(({ cells }) => cells[name] === 'not measured'),
  );
  const about = (
    <>
      Of {who}: {sent ?? 'an unknown number'} sent{duplicated > 0 && ` and ${duplicated} copies made`}; of
      those {parts.map(({ name, count }) => `${count} ${name}`).join(', ')}.
      {unmeasured.length > 0 && ` Not measured: ${unmeasured.join(', ')}.`}
    </>
  );
  return (
    <Figure
      title="From sent to delivered"
      about={about}
      data={() => csvTable('ledger', ledger, LEDGER_COLUMNS)}
      id="ledger-flow"
    >
      {sent !== null && sent + duplicated > 0 && <Flow sent={sent} duplicated={duplicated} parts={parts} />}
    </Figure>
  );
}

const MIN_PX = 3;
const LINE_PX = 15;
/** Between the text of one end and that of the next. */
const GAP_PX = 11;
const BAR_PX = 14;
const HEIGHT_PX = 180;
const TEXT_PX = 16;
/** Of the font of drawings, on average. */
const CHARACTER_PX = 6.9;
/** With less width there is no room for shares. */
const SHARE_PX = 520;

/** A text in lines of at most so many characters, but for longer words. */
function inLines(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

interface FlowProps {
  readonly sent: number;
  readonly duplicated: number;
  readonly parts: readonly Part[];
}

function Flow({ sent, duplicated, parts }: FlowProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const all = sent + duplicated;
  const ends = parts.filter(({ count }) => count > 0);
  const scale = HEIGHT_PX / all;
  const heightOf = (count: number): number => Math.max(MIN_PX, count * scale);
  const thin = ends.some(({ count }) => count * scale < MIN_PX);
  const left = 8;
  const textWidth = Math.min(260, width * 0.46);
  const right = width - textWidth - BAR_PX;
  const sources = [
    { name: 'sent', count: sent, colour: 'sent' },
    ...(duplicated > 0 ? [{ name: 'copies', count: duplicated, colour: 'copies' }] : []),
  ];
  const middle = (left + BAR_PX + right) / 2;
  let from = TEXT_PX;
  let to = TEXT_PX;
  const placed = ends.map((part) => {
    const height = heightOf(part.count);
    const lines = inLines(`${part.count} ${part.name}`, Math.floor((textWidth - 8) / CHARACTER_PX));
    const place = { ...part, from, to, height, lines, leftHeight: part.count * scale };
    from += part.count * scale;
    to += Math.max(height, 2) + Math.max(4, lines.length * LINE_PX + GAP_PX - height);
    return place;
  });
  const height = Math.max(TEXT_PX + HEIGHT_PX, to) + 8;
  let top = TEXT_PX;
  return (
    <div ref={ref} class="flow">
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`${sent} sent; ${ends.map(({ name, count }) => `${count} ${name}`).join('; ')}`}
      >
        {placed.map(({ name, from: a, to: b, height: h, leftHeight, colour }) => (
          <path
            key={name}
            class={`band ${colour}`}
            d={`M${left + BAR_PX} ${a}C${middle} ${a} ${middle} ${b} ${right} ${b}V${b + h}C${middle} ${b + h} ${middle} ${a + leftHeight} ${left + BAR_PX} ${a + leftHeight}Z`}
          />
        ))}
        {sources.map(({ name, count, colour }) => {
          const y = top;
          top += count * scale;
          return (
            <rect
              key={name}
              class={colour}
              x={left}
              y={y}
              width={BAR_PX}
              height={Math.max(1, count * scale - 1)}
            />
          );
        })}
        <text x={left} y={TEXT_PX - 5}>
          {sources.map(({ name, count }) => `${count} ${name}`).join(' + ')}
        </text>
        {placed.map(({ name, count, to: y, height: h, colour, lines }) => (
          <g key={name}>
            <rect class={colour} x={right} y={y} width={BAR_PX} height={h} />
            <text y={y + Math.min(h / 2, 90) + 4}>
              {lines.map((line, k) => (
                <tspan key={k} x={right + BAR_PX + 8} dy={k === 0 ? 0 : LINE_PX}>
                  {k === 0 && <tspan class="count">{count}</tspan>}
                  {k === 0 ? line.slice(String(count).length) : line}
                </tspan>
              ))}
              {width >= SHARE_PX && <tspan class="share"> {percent(count / all)}</tspan>}
            </text>
          </g>
        ))}
      </svg>
      {thin && (
        <p class="about">
          Bands of less than {MIN_PX} pixels are drawn {MIN_PX} pixels wide at their right end.
        </p>
      )}
    </div>
  );
}
