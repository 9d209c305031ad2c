/**
 * Every datagram of a client on one axis: its fate and its delay, from the whole stream down to a single one, by mouse and
 * by keyboard.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { formatNumber } from '../../src/base/figures.ts';
import { rowAt } from './bins.ts';
import type { Datagrams } from './datagramRows.ts';
import { Figure } from './Figure.tsx';
import { sayBin, sayDatagram } from './said.ts';
import { colourOf, useTheme } from './theme.ts';
import { drawView, LANE_SHARE, viewOf } from './timelineDraw.ts';
import type { View } from './timelineDraw.ts';
import { TimelineAbout, TimelineLegend, timelineData } from './timelineWords.tsx';
import { useWidth } from './width.ts';

const HEIGHT = 340;
const MICROSECONDS = 1e6;
const ZOOM = 2;
/** A place where uPlot shows no cursor. */
const OUTSIDE = -10;
/** Rows around the one that is asked for. */
const AROUND = 20;

interface Range {
  readonly from: number;
  readonly to: number;
}

const tick = (value: number | null): string =>
  value === null ? '' : formatNumber(Number(value.toPrecision(10)));

/** The axis: seconds since the stream's start, or numbers where no datagram is due later than another. */
function placesOf(data: Datagrams): { readonly xs: Float64Array; readonly label: string } {
  const isTimed = data.rows > 1 && data.dueUs[0] !== data.dueUs[data.rows - 1];
  return isTimed
    ? {
        xs: data.dueUs.map((timeUs) => timeUs / MICROSECONDS),
        label: `${data.isEntered ? 'entered' : 'due'}, seconds since the stream’s start`,
      }
    : {
        xs: Float64Array.from({ length: data.rows }, (_, row) => row + 1),
        label: 'place of the datagram in its stream',
      };
}

/** A range of at least one row, inside the stream. */
function clamped(from: number, to: number, rows: number): Range {
  const size = Math.max(1, Math.min(rows, Math.round(to - from)));
  const start = Math.max(0, Math.min(rows - size, Math.round(from)));
  return { from: start, to: start + size };
}

export function Timeline({ data, who }: { readonly data: Datagrams; readonly who: string }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [range, setRange] = useState<Range>({ from: 0, to: data.rows });
  const [current, setCurrent] = useState<number | null>(null);
  const theme = useTheme();
  const { xs, label } = useMemo(() => placesOf(data), [data]);
  const view = useMemo(() => viewOf(data, range.from, range.to, width), [data, range, width]);
  // What uPlot's hooks, made once, have to know of the last drawing.
  const state = useRef({ view, range });
  state.current = { view, range };

  useEffect(() => {
    setRange({ from: 0, to: data.rows });
    setCurrent(null);
  }, [data]);

  useEffect(() => {
    if (holder.current === null) return undefined;
    const axis = {
      stroke: () => colourOf('muted'),
      grid: { stroke: () => colourOf('grid'), width: 1 },
      ticks: { stroke: () => colourOf('grid'), width: 1 },
      font: '12px system-ui, sans-serif',
      labelFont: '12px system-ui, sans-serif',
    };
    const made = new uPlot(
      {
        width,
        height: HEIGHT,
        legend: { show: false },
        cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
        scales: {
          x: { time: false, range: () => rangeOfX(xs, state.current.range) },
          y: { range: () => rangeOfY(state.current.view) },
        },
        axes: [
          { ...axis, label, values: (_, splits) => splits.map(tick) },
          {
            ...axis,
            label: 'delay, ms',
            size: 64,
            values: (_, splits) => splits.map(tick),
            splits: (_u, _axis, _min, max, step) => delayTicks(state.current.view, max, step),
          },
        ],
        series: [{}, { paths: () => null, points: { show: false } }],
        hooks: {
          draw: [(u) => drawView(u, data, xs, state.current.view)],
          setSelect: [
            (u) => {
              const { left, width: selected } = u.select;
              if (selected < 4) return;
              const from = rowAt(xs, u.posToVal(left, 'x'));
              const to = rowAt(xs, u.posToVal(left + selected, 'x'));
              u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              setRange(clamped(from, to, data.rows));
            },
          ],
        },
      },
      [
        [0, 1],
        [0, 1],
      ],
      holder.current,
    );
    made.over.addEventListener('mousemove', (event) => {
      const left = event.clientX - made.over.getBoundingClientRect().left;
      setCurrent(nearestRow(xs, made.posToVal(left, 'x'), state.current.range));
    });
    made.over.addEventListener('mouseleave', () => setCurrent(null));
    made.over.addEventListener('dblclick', () => setRange({ from: 0, to: data.rows }));
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [data, xs, label]);

  useEffect(() => plot.current?.setSize({ width, height: HEIGHT }), [width]);
  useEffect(
    () =>
      plot.current?.setData([
        [0, 1],
        [0, 1],
      ]),
    [range, width],
  );
  useEffect(() => plot.current?.redraw(false, true), [theme]);
  useEffect(() => {
    const u = plot.current;
    // uPlot takes a new range in a microtask of its own, which was queued before this one.
    queueMicrotask(() => {
      if (u === null || u !== plot.current) return;
      u.setCursor(
        { left: current === null ? OUTSIDE : u.valToPos(xs[current] as number, 'x'), top: 0 },
        false,
      );
    });
  }, [current, range, width, xs]);

  const zoom = (by: number): void => {
    const centre = current ?? (range.from + range.to) / 2;
    const size = (range.to - range.from) * by;
    const share = (centre - range.from) / (range.to - range.from);
    setRange(clamped(centre - share * size, centre + (1 - share) * size, data.rows));
  };
  const move = (rows: number): void => setRange(clamped(range.from + rows, range.to + rows, data.rows));
  const point = (row: number): void => {
    const within = Math.max(0, Math.min(data.rows - 1, row));
    if (within < range.from) move(within - range.from);
    if (within >= range.to) move(within - range.to + 1);
    setCurrent(within);
  };
  const keys: Readonly<Record<string, (isShifted: boolean) => void>> = {
    ArrowRight: (far) =>
      far
        ? move(Math.ceil((range.to - range.from) / 4))
        : point((current ?? range.from - 1) + (view.bins?.size ?? 1)),
    ArrowLeft: (far) =>
      far
        ? move(-Math.ceil((range.to - range.from) / 4))
        : point((current ?? range.to) - (view.bins?.size ?? 1)),
    '+': () => zoom(1 / ZOOM),
    '=': () => zoom(1 / ZOOM),
    '-': () => zoom(ZOOM),
    '0': () => setRange({ from: 0, to: data.rows }),
    Home: () => point(range.from),
    End: () => point(range.to - 1),
  };
  const pressed = (event: KeyboardEvent): void => {
    const act = keys[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(event.shiftKey);
  };
  const wheeled = (event: WheelEvent): void => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1 / ZOOM : ZOOM);
  };

  return (
    <Figure
      id="timeline"
      title="Timeline"
      about={<TimelineAbout data={data} who={who} view={view} />}
      data={() => timelineData(data, view)}
    >
      <div class="tools">
        <button type="button" onClick={() => zoom(1 / ZOOM)}>
          Zoom in
        </button>
        <button type="button" onClick={() => zoom(ZOOM)}>
          Zoom out
        </button>
        <button type="button" onClick={() => setRange({ from: 0, to: data.rows })}>
          All
        </button>
        <label>
          Go to no.{' '}
          <input
            type="number"
            min={data.numbers[0]}
            max={data.numbers.reduce((most, number) => Math.max(most, number), 0)}
            onChange={(event) => {
              const row = data.numbers.indexOf(event.currentTarget.valueAsNumber);
              if (row < 0) return;
              setRange(clamped(row - AROUND, row + AROUND + 1, data.rows));
              setCurrent(row);
            }}
          />
        </label>
      </div>
      <TimelineLegend isBinned={view.bins !== null} />
      <div
        ref={ref}
        class="timeline"
        role="img"
        aria-label={`Delay and fate of the datagrams of ${who}. Arrow keys go from one to the next, plus and minus zoom, 0 shows all.`}
        tabIndex={0}
        onKeyDown={pressed}
        onWheel={wheeled}
      >
        <div ref={holder} />
      </div>
      <p class="readout" aria-live="polite">
        {current === null
          ? 'Drag to zoom, double-click for all; or focus it: arrow keys, + and −, 0 for all.'
          : said(data, view, current)}
      </p>
    </Figure>
  );
}

function rangeOfX(xs: Float64Array, { from, to }: Range): [number, number] {
  const first = xs[from] as number;
  const last = xs[to - 1] as number;
  const edge =
    (last - first) * 0.01 ||
    Math.max(1e-6, ((xs.at(-1) as number) - (xs[0] as number)) / xs.length / 2) ||
    0.5;
  return [first - edge, last + edge];
}

/** Multiples of a step, none of them in the lane of losses. */
function delayTicks({ lowMs }: View, max: number, step: number): number[] {
  const first = Math.ceil(lowMs / step - 1e-9);
  return Array.from(
    { length: Math.max(0, Math.floor(max / step + 1e-9) - first + 1) },
    (_, k) => (first + k) * step,
  );
}

/** The delays in view, above the lane of losses. */
function rangeOfY({ lowMs, highMs }: View): [number, number] {
  const top = highMs + (highMs - lowMs) * 0.06;
  const height = (top - lowMs) / (1 - LANE_SHARE * 1.25);
  return [top - height, top];
}

function nearestRow(xs: Float64Array, x: number, { from, to }: Range): number {
  const after = Math.min(to - 1, Math.max(from, rowAt(xs, x)));
  const before = Math.max(from, after - 1);
  return x - (xs[before] as number) < (xs[after] as number) - x ? before : after;
}

function said(data: Datagrams, view: View, row: number): string {
  const { bins, from } = view;
  return bins === null
    ? sayDatagram(data, row)
    : sayBin(data, bins, from, Math.min(bins.length - 1, Math.max(0, Math.floor((row - from) / bins.size))));
}
