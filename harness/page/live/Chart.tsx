/**
 * Figures over the last minutes as lines, with marks where conditions changed.
 *
 * One time at once is the current one: the mouse's, or the next by an arrow key. What was then stands below the drawing.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { plainTable } from '../DataTable.tsx';
import { Figure } from '../Figure.tsx';
import { colourOf, useTheme } from '../theme.ts';
import { useWidth } from '../width.ts';
import { clockText } from './words.ts';

export interface Line {
  readonly name: string;
  /** The name of its colour in page.css. */
  readonly colour: string;
  readonly isDashed?: boolean;
  /** At each of the chart's times; null where there was none. */
  readonly values: readonly (number | null)[];
}

export interface Mark {
  readonly atS: number;
  readonly text: string;
}

interface ChartProps {
  readonly title: string;
  readonly about: string;
  /** Seconds since the program's start, rising. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Where conditions changed. */
  readonly marks: readonly Mark[];
  readonly format: (value: number) => string;
  /** The axis' label. */
  readonly unit: string;
  /** The page's time at the program's start, milliseconds. */
  readonly startMs: number;
  /** Seconds that the axis is long. */
  readonly spanS: number;
}

const HEIGHT = 190;
const MINUTE_MS = 60_000;
const OUTSIDE = -10;
/** The vertical axis ends above the highest value. */
const HEADROOM = 1.08;

export function Chart(props: ChartProps) {
  const { title, about, times, lines, marks, format, unit, startMs } = props;
  const [ref, width] = useWidth<HTMLDivElement>();
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [current, setCurrent] = useState<number | null>(null);
  const theme = useTheme();
  // What uPlot's hooks, made once, have to know of the last drawing.
  const latest = useRef(props);
  latest.current = props;
  const names = lines.map(({ name, colour, isDashed }) => `${name}/${colour}/${isDashed}`).join('\n');

  useEffect(() => {
    if (holder.current === null) return undefined;
    const made = new uPlot(
      optionsOf(() => latest.current, width),
      dataOf(latest.current),
      holder.current,
    );
    made.over.addEventListener('mousemove', (event) => {
      const left = event.clientX - made.over.getBoundingClientRect().left;
      const { times: all, startMs: start } = latest.current;
      setCurrent(nearest(all, atPlace(start, made.posToVal(left, 'x'))));
    });
    made.over.addEventListener('mouseleave', () => setCurrent(null));
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [names]);

  useEffect(() => plot.current?.setSize({ width, height: HEIGHT }), [width]);
  useEffect(() => plot.current?.setData(dataOf(props)), [times, lines]);
  useEffect(() => plot.current?.redraw(false, true), [theme, marks]);
  useEffect(() => {
    const u = plot.current;
    const at = current === null ? undefined : times[current];
    // uPlot takes a new range in a microtask of its own, which was queued before this one.
    queueMicrotask(() => {
      if (u === null || u !== plot.current) return;
      u.setCursor(
        { left: at === undefined ? OUTSIDE : u.valToPos(placeOf(startMs, at), 'x'), top: 0 },
        false,
      );
    });
  }, [current, times, width]);

  const pressed = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const to = { Home: 0, End: times.length - 1 }[event.key];
    if (event.key === 'Escape') setCurrent(null);
    if ((by === undefined && to === undefined) || times.length === 0) return;
    event.preventDefault();
    const moved = (current ?? (by === 1 ? -1 : times.length)) + (by ?? 0);
    setCurrent(to ?? Math.min(times.length - 1, Math.max(0, moved)));
  };
  const clockAt = (atS: number): string => clockText(startMs + atS * 1e3);
  const mark = current === null ? undefined : marks.findLast(({ atS }) => atS <= (times[current] ?? 0));

  return (
    <Figure
      title={title}
      about={about}
      data={() =>
        plainTable(
          [{ name: 'time', isText: true }, ...lines.map(({ name }) => ({ name }))],
          times
            .map((atS, k) => [clockAt(atS), ...lines.map(({ values }) => valueText(values[k], format))])
            .toReversed(),
        )
      }
    >
      <ul class="legend">
        {lines.map(({ name, colour, isDashed }) => (
          <li key={name}>
            <svg width="26" height="12" aria-hidden="true" class={`line-${colour}`}>
              <path d="M1 6H25" class={isDashed === true ? 'stroke dashed' : 'stroke'} />
            </svg>
            {name}
          </li>
        ))}
      </ul>
      <div
        ref={ref}
        class="timeline"
        role="img"
        aria-label={`${title}, ${unit}. Arrow keys go from second to second.`}
        tabIndex={0}
        onKeyDown={pressed}
        onBlur={() => setCurrent(null)}
      >
        <div ref={holder} />
      </div>
      <p class="readout" aria-live={current === null ? 'off' : 'polite'}>
        {current === null || times[current] === undefined
          ? ''
          : `${clockAt(times[current])}: ${lines
              .map(({ name, values }) => `${name} ${valueText(values[current], format)}`)
              .join(', ')}${mark === undefined ? '' : `; ${mark.text}`}`}
      </p>
    </Figure>
  );
}

/** Seconds since a whole minute of the clock, so that ticks are whole, too. */
const placeOf = (startMs: number, atS: number): number => atS + (startMs % MINUTE_MS) / 1e3;

/** The other way. */
const atPlace = (startMs: number, place: number): number => place - (startMs % MINUTE_MS) / 1e3;

const valueText = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? '–' : format(value);

const dataOf = ({ times, lines, startMs }: ChartProps): uPlot.AlignedData => [
  times.map((atS) => placeOf(startMs, atS)),
  ...lines.map(({ values }) => [...values]),
];

const tickText = (startMs: number, place: number): string =>
  clockText(startMs + atPlace(startMs, place) * 1e3);

/** The place of the time that is nearest; null where there is none. */
function nearest(times: readonly number[], at: number): number | null {
  if (times.length === 0) return null;
  return times.reduce(
    (best, one, k) => (Math.abs(one - at) < Math.abs((times[best] as number) - at) ? k : best),
    0,
  );
}

/** @param now the last drawing's */
function optionsOf(now: () => ChartProps, width: number): uPlot.Options {
  const axis = {
    stroke: () => colourOf('muted'),
    grid: { stroke: () => colourOf('grid'), width: 1 },
    ticks: { stroke: () => colourOf('grid'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
    scales: {
      x: {
        time: false,
        range: () => {
          const { times, spanS, startMs } = now();
          const end = placeOf(startMs, times.at(-1) ?? 0);
          return [end - spanS, end];
        },
      },
      y: { range: (_, _min, max) => [0, (max || 1) * HEADROOM] },
    },
    axes: [
      {
        ...axis,
        space: 80,
        values: (_, splits) => splits.map((place) => tickText(now().startMs, place)),
      },
      { ...axis, size: 62, values: (_, splits) => splits.map((value) => now().format(value)) },
    ],
    series: [
      {},
      ...now().lines.map(({ name, colour, isDashed }) => ({
        label: name,
        stroke: () => colourOf(colour),
        width: 2,
        points: { show: false },
        ...(isDashed === true && { dash: [5, 4] }),
      })),
    ],
    hooks: {
      drawAxes: [
        (u) => {
          const { ctx, bbox } = u;
          ctx.save();
          ctx.strokeStyle = colourOf('muted');
          ctx.lineWidth = devicePixelRatio;
          ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
          for (const { atS } of now().marks) {
            const x = u.valToPos(placeOf(now().startMs, atS), 'x', true);
            if (x < bbox.left || x > bbox.left + bbox.width) continue;
            ctx.beginPath();
            ctx.moveTo(x, bbox.top);
            ctx.lineTo(x, bbox.top + bbox.height);
            ctx.stroke();
          }
          ctx.restore();
        },
      ],
    },
  };
}
