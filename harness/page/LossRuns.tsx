/**
 * Lengths of loss runs: measured, scheduled, and what a geometric distribution with the knob's mean would give.
 */
import { useMemo } from 'preact/hooks';
import { measuredRuns, scheduledRuns } from './bins.ts';
import type { RunLengths } from './bins.ts';
import type { Datagrams } from './datagramRows.ts';
import { plainTable } from './DataTable.tsx';
import { Absent, Figure } from './Figure.tsx';
import { Plot } from './Plot.tsx';
import type { Series } from './Plot.tsx';
import { shortNumber } from './scales.ts';

interface LossRunsProps {
  readonly data: Datagrams;
  readonly who: string;
  /** Configured loss periods and their mean length; null where the knobs do not say. */
  readonly periods: number | null;
  readonly mean: number | null;
}

const LONGEST = 60;

/** Runs of each length that a geometric distribution with that mean gives. */
const geometric = (periods: number, mean: number, length: number): number =>
  (periods / mean) * (1 - 1 / mean) ** (length - 1);

const countOf = (of: RunLengths, length: number): string =>
  String(of.find(([one]) => one === length)?.[1] ?? 0);

export function LossRuns({ data, who, periods, mean }: LossRunsProps) {
  const measured = useMemo(() => measuredRuns(data), [data]);
  const scheduled = useMemo(() => scheduledRuns(data), [data]);
  const last = Math.max(measured.at(-1)?.[0] ?? 0, scheduled.at(-1)?.[0] ?? 0);
  const hasModel = periods !== null && mean !== null && mean >= 1;
  const model = (length: number): number => (hasModel ? geometric(periods, mean, length) : 0);
  const series = useMemo<Series[]>(() => {
    const of = (runs: RunLengths) =>
      runs
        .filter(([length]) => length <= LONGEST)
        .map(([length, count]) => ({ x: length, y: count, text: `${count} of length ${length}` }));
    const modelled = Array.from({ length: Math.min(last, LONGEST) }, (_, k) => k + 1).map((length) => ({
      x: length,
      y: model(length),
      text: `${Number(model(length).toPrecision(3))} of length ${length}`,
    }));
    return [
      { name: 'measured', colour: 1, kind: 'stems', points: of(measured) },
      { name: 'scheduled', colour: 2, kind: 'dots', points: of(scheduled) },
      ...(hasModel
        ? [{ name: 'model', colour: 3, kind: 'line', isDashed: true, points: modelled } as const]
        : []),
    ];
  }, [measured, scheduled, periods, mean]);
  if (last === 0) return <Absent>Loss runs: {who} lost nothing.</Absent>;
  const runs = measured.reduce((sum, [, count]) => sum + count, 0);
  return (
    <Figure
      title="Loss runs"
      about={
        <>
          {who}: {runs} {runs === 1 ? 'run' : 'runs'} of datagrams lost in a row, the longest of{' '}
          {measured.at(-1)?.[0] ?? 0}.{' '}
          {hasModel
            ? `The model is a geometric distribution with the knobs' ${Number(periods.toPrecision(4))} runs of ${Number(mean.toPrecision(4))} on average.`
            : 'The knobs say nothing of runs, so there is no model beside them.'}
          {last > LONGEST && ` Runs longer than ${LONGEST} stand in the data only.`}
        </>
      }
      data={() =>
        plainTable(
          [
            { name: 'length' },
            { name: 'measured' },
            { name: 'scheduled' },
            ...(hasModel ? [{ name: 'model' }] : []),
          ],
          [...new Set([...measured, ...scheduled].map(([length]) => length))]
            .toSorted((a, b) => a - b)
            .map((length) => [
              String(length),
              countOf(measured, length),
              countOf(scheduled, length),
              ...(hasModel ? [String(Number(model(length).toPrecision(4)))] : []),
            ]),
        )
      }
    >
      <Plot
        label={`Loss runs of ${who} by their length`}
        x={{
          label: 'datagrams lost in a row',
          isLog: false,
          format: shortNumber,
          ticks: wholeTicks(Math.min(last, LONGEST)),
        }}
        y={{ label: 'runs', isLog: false, isWhole: true, format: shortNumber, includes: 0 }}
        series={series}
      />
    </Figure>
  );
}

/** From 0 to one after the last whole number. */
const wholeTicks = (last: number): readonly number[] => Array.from({ length: last + 2 }, (_, k) => k);
