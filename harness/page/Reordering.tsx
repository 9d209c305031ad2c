/**
 * Reordering of one client: its density (RFC 5236), from the table, and its extents (RFC 4737), from the columns.
 */
import { useMemo } from 'preact/hooks';
import { extents } from './bins.ts';
import type { Datagrams } from './datagramRows.ts';
import { csvTable, plainTable } from './DataTable.tsx';
import { Absent, Figure } from './Figure.tsx';
import { Plot } from './Plot.tsx';
import type { Series } from './Plot.tsx';
import { numberOf } from './run.ts';
import type { Row } from './run.ts';
import { shortNumber } from './scales.ts';

export function ReorderDensity({ rows, who }: { readonly rows: readonly Row[]; readonly who: string }) {
  const points = rows.flatMap(({ cells }) => {
    const [x, y] = [numberOf(cells['displacement']), numberOf(cells['count'])];
    return x === null || y === null || y <= 0 ? [] : [{ x, y, text: `${y} displaced by ${x}` }];
  });
  if (points.length === 0) return <Absent>Reordering: the folder has no density for {who}.</Absent>;
  const displaced = points.filter(({ x }) => x !== 0);
  if (displaced.length === 0)
    return <Absent>Reordering: everything that reached {who} came in order.</Absent>;
  const moved = displaced.reduce((sum, { y }) => sum + y, 0);
  return (
    <Figure
      title="Reordering density"
      about={`${who}: ${moved} datagrams came at another place than their own, from ${displaced[0]?.x ?? 0} (early) to ${displaced.at(-1)?.x ?? 0} (late). RFC 5236; counts on a logarithmic scale.`}
      data={() => csvTable('reorder_density', rows, [{ name: 'displacement' }, { name: 'count' }])}
    >
      <Plot
        label={`Reordering density of ${who}`}
        x={{ label: 'displacement', isLog: false, isWhole: true, format: shortNumber }}
        y={{ label: 'datagrams', isLog: true, isWhole: true, format: shortNumber, includes: 1 }}
        series={[{ name: 'datagrams', colour: 1, kind: 'stems', points }]}
      />
    </Figure>
  );
}

export function ReorderExtent({ data, who }: { readonly data: Datagrams; readonly who: string }) {
  const found = useMemo(() => extents(data), [data]);
  const series = useMemo<Series[]>(
    () => [
      {
        name: 'datagrams',
        colour: 1,
        kind: 'stems',
        points: found.map(([x, y]) => ({ x, y, text: `${y} of extent ${x}` })),
      },
    ],
    [found],
  );
  if (found.length === 0) return null;
  return (
    <Figure
      title="Reordering extent"
      about={`${who}: how many places after the first greater count a late datagram came; at most ${found.at(-1)?.[0] ?? 0}. RFC 4737.`}
      data={() =>
        plainTable(
          [{ name: 'extent' }, { name: 'datagrams' }],
          found.map((pair) => pair.map(String)),
        )
      }
    >
      <Plot
        label={`Reordering extents of ${who}`}
        x={{ label: 'extent, places', isLog: false, isWhole: true, format: shortNumber, includes: 0 }}
        y={{ label: 'datagrams', isLog: false, isWhole: true, format: shortNumber, includes: 0 }}
        series={series}
      />
    </Figure>
  );
}
