/**
 * Percentiles of one client's delays, as HdrHistogram plots them: the rarer, the farther to the right.
 */
import { useMemo } from 'preact/hooks';
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import { percentiles } from './bins.ts';
import type { Datagrams } from './datagramRows.ts';
import { plainTable } from './DataTable.tsx';
import { Absent, Figure } from './Figure.tsx';
import { Plot } from './Plot.tsx';
import type { Point, Series } from './Plot.tsx';
import { numberOf } from './run.ts';
import type { Row } from './run.ts';
import { shortTime } from './scales.ts';
import { spanOf } from './timelineWords.tsx';

/** Place on the axis: 1 ÷ the share that is greater. */
const rarity = (share: number): number => 1 / (1 - share);

const exactPercent = (share: number): string => `${Number((100 * share).toPrecision(7))} %`;

const QUANTILES = METRIC_NAMES.filter(
  (name) => METRICS[name].timing === 'delay' && METRICS[name].quantile !== undefined,
);

/** The table's percentiles, and the ranges that are accepted. */
function fromTable(
  rows: readonly Row[],
  largestShare: number,
): { readonly measured: Point[]; readonly accepted: Point[] } {
  const measured: Point[] = [];
  const accepted: Point[] = [];
  for (const name of QUANTILES) {
    const cells = rows.find((row) => row.cells['metric'] === name)?.cells;
    const share = Math.min(METRICS[name].quantile ?? 0, largestShare);
    if (cells === undefined) continue;
    const [value, low, high] = [cells['measured'], cells['expected_low'], cells['expected_high']].map(
      numberOf,
    );
    if (typeof value === 'number')
      measured.push({ x: rarity(share), y: value, text: `${name} is ${shortTime(value)}` });
    if (typeof low === 'number' && typeof high === 'number')
      accepted.push({
        x: rarity(share),
        y: low,
        y2: high,
        text: `${name} may be ${shortTime(low)} to ${shortTime(high)}`,
      });
  }
  return { measured, accepted };
}

const FALLBACK_SHARE = 0.9999;

interface DelaysProps {
  /** Null where the page has no single datagrams of it. */
  readonly data: Datagrams | null;
  readonly rows: readonly Row[];
  readonly who: string;
}

export function Delays({ data, rows, who }: DelaysProps) {
  const curve = useMemo(() => (data === null ? [] : percentiles(data)), [data]);
  const largest = curve.at(-1)?.[0] ?? FALLBACK_SHARE;
  const { measured, accepted } = fromTable(rows, largest);
  const series: Series[] = [
    ...(curve.length === 0
      ? []
      : [
          {
            name: 'every delay',
            colour: 1,
            kind: 'line',
            points: curve.map(([share, y]) => ({
              x: rarity(share),
              y,
              text: `${exactPercent(share)} took at most ${shortTime(y)}`,
            })),
          } as const,
        ]),
    ...(accepted.length === 0
      ? []
      : [{ name: 'accepted', colour: 3, kind: 'ranges', points: accepted } as const]),
    ...(measured.length === 0
      ? []
      : [{ name: 'in comparison.csv', colour: 2, kind: 'dots', points: measured } as const]),
  ];
  if (series.length === 0) return <Absent>Delays: none were measured of {who}.</Absent>;
  const [median, most] = [
    curve.find(([share]) => share >= 0.5)?.[1] ?? measured[0]?.y ?? 0,
    curve.at(-1)?.[1] ?? measured.at(-1)?.y ?? 0,
  ];
  return (
    <Figure
      title="Delay by percentile"
      about={`${who}: half took at most ${shortTime(median)}, the slowest ${shortTime(most)}, ${spanOf({ isEntered: rows.some(({ cells }) => cells['client'] === null) })}. Each step to the right is ten times rarer.`}
      data={() =>
        plainTable(
          [{ name: 'share, %' }, { name: 'delay, µs' }],
          curve.length > 0
            ? curve.map(([share, delayUs]) => [
                String(Number((100 * share).toPrecision(7))),
                String(Number(delayUs.toFixed(3))),
              ])
            : measured.map(({ x, y }) => [String(Number((100 - 100 / x).toPrecision(7))), String(y)]),
        )
      }
    >
      <Plot
        label={`Delay percentiles of ${who}`}
        x={{ label: 'percentile', isLog: true, format: (value) => exactPercent(1 - 1 / value), includes: 10 }}
        y={{ label: 'delay', isLog: false, format: shortTime, includes: 0 }}
        series={series}
      />
      {data !== null && data.unitNs > 1 && (
        <p class="about">Times are rounded to {shortTime(data.unitNs / 1e3)} here.</p>
      )}
    </Figure>
  );
}
