/**
 * What stands around a timeline: what it shows in words, its legend, and what is in view as a table.
 */
import { formatNumber } from '../../src/base/figures.ts';
import type { Datagrams } from './datagramRows.ts';
import { plainTable } from './DataTable.tsx';
import type { TableData } from './DataTable.tsx';
import { dueOf, fateOf, outcomeOf } from './said.ts';
import { percent, shortTime } from './scales.ts';
import type { View } from './timelineDraw.ts';

export function TimelineAbout({
  data,
  who,
  view,
}: {
  readonly data: Datagrams;
  readonly who: string;
  readonly view: View;
}) {
  const { from, to, bins } = view;
  const shown =
    from === 0 && to === data.rows
      ? `all ${data.rows} datagrams`
      : `${to - from === 1 ? 'the datagram' : `the ${to - from} datagrams`} from no. ${data.numbers[from]}, of ${data.rows}`;
  return (
    <>
      {who}: {shown},{' '}
      {bins === null
        ? `each with its delay ${spanOf(data)}; below them, what was lost.`
        : `binned: a column is ${bins.size} datagrams, from their smallest to their largest delay, with the mean as a line; below, the share that was lost${view.mostLost === 0 ? '' : `, at most ${percent(view.mostLost)} of a column`}. Zoom in to see single ones.`}
      {data.unitNs > 1 && ` Times are rounded to ${shortTime(data.unitNs / 1e3)}.`}
    </>
  );
}

/** What a delay is of. */
export const spanOf = ({ isEntered }: Pick<Datagrams, 'isEntered'>): string =>
  isEntered ? 'from the proxy’s entry to its exit' : 'from the planned sending time to its first arrival';

const dot = (colour: string) => (
  <svg width="12" height="12" class={colour} aria-hidden="true">
    <circle class="dot" cx="6" cy="6" r="4" />
  </svg>
);

const box = (colour: string) => (
  <svg width="12" height="12" aria-hidden="true">
    <rect class={colour} x="1" y="1" width="10" height="10" />
  </svg>
);

export function TimelineLegend({ isBinned }: { readonly isBinned: boolean }) {
  if (isBinned)
    return (
      <ul class="legend">
        <li>{box('spread')}smallest to largest</li>
        <li>
          <svg width="20" height="12" class="c1" aria-hidden="true">
            <path class="stroke" d="M0 6H20" />
          </svg>
          mean
        </li>
        <li>{box('drop')}lost</li>
      </ul>
    );
  return (
    <ul class="legend">
      <li>{dot('c1')}in order</li>
      <li>{dot('c4')}reordered</li>
      <li>
        <svg width="14" height="14" class="c3" aria-hidden="true">
          <circle class="stroke" cx="7" cy="7" r="5" />
        </svg>
        came again
      </li>
      <li>{box('drop')}lost, as scheduled</li>
      <li>{box('bad')}lost otherwise</li>
    </ul>
  );
}

const inMs = (timeUs: number | undefined): string =>
  timeUs === undefined || Number.isNaN(timeUs) ? '' : formatNumber(Number((timeUs / 1e3).toFixed(6)));

/** What is in view, as a table. */
export function timelineData(data: Datagrams, { bins, from, to }: View): TableData {
  if (bins === null)
    return plainTable(
      [
        { name: 'no.' },
        { name: data.isEntered ? 'entered' : 'due' },
        { name: 'fate', isText: true },
        { name: 'outcome', isText: true },
      ],
      Array.from({ length: to - from }, (_, k) => from + k).map((row) => [
        String(data.numbers[row]),
        dueOf(data, row),
        fateOf(data, row),
        outcomeOf(data, row),
      ]),
    );
  return plainTable(
    [
      { name: 'from no.' },
      { name: 'min, ms' },
      { name: 'mean, ms' },
      { name: 'max, ms' },
      { name: 'lost' },
      { name: 'extra copies' },
      { name: 'reordered' },
    ],
    Array.from({ length: bins.length }, (_, bin) => [
      String(data.numbers[from + bin * bins.size]),
      inMs(bins.minUs[bin]),
      inMs(bins.meanUs[bin]),
      inMs(bins.maxUs[bin]),
      String(bins.lost[bin]),
      String(bins.again[bin]),
      String(bins.reordered[bin]),
    ]),
  );
}
