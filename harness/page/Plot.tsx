/**
 * A drawing of points on two axes, each linear or logarithmic, in SVG.
 *
 * One point at a time is the current one: the mouse's nearest, or the next by an arrow key. What it says stands below the
 * drawing.
 */
import { useMemo, useState } from 'preact/hooks';
import { linearScale, logScale, placeOf } from './scales.ts';
import type { Scale } from './scales.ts';
import { useWidth } from './width.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
  /** The other end of a vertical range; none without it. */
  readonly y2?: number;
  /** What it says when it is the current one. */
  readonly text: string;
}

export interface Series {
  readonly name: string;
  /** Its colour, from 1; see page.css. */
  readonly colour: number;
  readonly kind: 'line' | 'steps' | 'stems' | 'dots' | 'ranges';
  readonly isDashed?: boolean;
  readonly points: readonly Point[];
}

export interface Axis {
  readonly label: string;
  readonly isLog: boolean;
  readonly format: (value: number) => string;
  /** Whether its values are whole numbers. */
  readonly isWhole?: boolean;
  /** A value that the axis must hold as well. */
  readonly includes?: number;
  /** Ticks at these values instead of regular ones. */
  readonly ticks?: readonly number[];
}

interface PlotProps {
  readonly label: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly height?: number;
}

const MARGIN = { top: 12, right: 16, bottom: 44, left: 66 };
const TICK_PX = 70;
const CHARACTER_PX = 7;

function scaleOf(axis: Axis, values: readonly number[], ticks: number): Scale {
  const all = axis.includes === undefined ? values : [...values, axis.includes];
  if (axis.ticks !== undefined)
    return {
      isLog: axis.isLog,
      low: Math.min(...axis.ticks),
      high: Math.max(...axis.ticks),
      ticks: axis.ticks,
    };
  return axis.isLog ? logScale(all, axis.isWhole === true ? 0.5 : 1) : linearScale(all, ticks, axis.isWhole);
}

/** Fewer ticks where their texts would touch. */
function thinned(ticks: readonly number[], axis: Axis, lengthPx: number): readonly number[] {
  const longest = Math.max(...ticks.map((tick) => axis.format(tick).length));
  const fit = Math.max(2, Math.floor(lengthPx / (longest * CHARACTER_PX + 14)));
  const every = Math.ceil(ticks.length / fit);
  return ticks.filter((_, k) => k % every === 0);
}

export function Plot({ label, x, y, series, height = 260 }: PlotProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const [current, setCurrent] = useState<number | null>(null);
  const points = useMemo(
    () =>
      series
        .flatMap(({ name, colour, points: its }) => its.map((point) => ({ ...point, name, colour })))
        .toSorted((a, b) => a.x - b.x),
    [series],
  );
  const innerWidth = Math.max(80, width - MARGIN.left - MARGIN.right);
  const innerHeight = height - MARGIN.top - MARGIN.bottom;
  const xScale = scaleOf(
    x,
    points.map((point) => point.x),
    Math.floor(innerWidth / TICK_PX),
  );
  const yScale = scaleOf(
    y,
    points.flatMap((point) => (point.y2 === undefined ? [point.y] : [point.y, point.y2])),
    5,
  );
  const px = (value: number): number => MARGIN.left + placeOf(xScale, value) * innerWidth;
  const py = (value: number): number => MARGIN.top + (1 - placeOf(yScale, value)) * innerHeight;
  const floor = MARGIN.top + innerHeight;

  const nearest = (event: MouseEvent): void => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top] as const;
    const distance = (one: Point): number => (px(one.x) - at[0]) ** 2 + ((py(one.y) - at[1]) / 2) ** 2;
    setCurrent(
      points.reduce((best, one, k) => (distance(one) < distance(points[best] as Point) ? k : best), 0),
    );
  };
  const step = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 1, ArrowDown: -1 }[event.key];
    const to = { Home: 0, End: points.length - 1 }[event.key];
    if (event.key === 'Escape') setCurrent(null);
    if (by === undefined && to === undefined) return;
    event.preventDefault();
    const moved = (current ?? (by === 1 ? -1 : points.length)) + (by ?? 0);
    setCurrent(to ?? Math.min(points.length - 1, Math.max(0, moved)));
  };
  const shown = current === null ? undefined : points[current];

  return (
    <div class="plot" ref={ref}>
      {series.length > 1 && (
        <ul class="legend">
          {series.map(({ name, colour, kind, isDashed }) => (
            <li key={name}>
              <svg width="26" height="12" aria-hidden="true" class={`c${colour}`}>
                {kind === 'dots' ? (
                  <circle cx="13" cy="6" r="4" class="dot" />
                ) : kind === 'ranges' ? (
                  <path d="M13 0V12M9 1H17M9 11H17" class="stroke" />
                ) : (
                  <path d="M1 6H25" class={isDashed === true ? 'stroke dashed' : 'stroke'} />
                )}
              </svg>
              {name}
            </li>
          ))}
        </ul>
      )}
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`${label}. Arrow keys go from point to point.`}
        tabIndex={0}
        onMouseMove={nearest}
        onMouseLeave={() => setCurrent(null)}
        onKeyDown={step}
        onBlur={() => setCurrent(null)}
      >
        {thinned(yScale.ticks, y, innerHeight * 3).map((tick) => (
          <g key={tick}>
            <path class="grid" d={`M${MARGIN.left} ${py(tick)}H${MARGIN.left + innerWidth}`} />
            <text class="tick" x={MARGIN.left - 8} y={py(tick) + 4} text-anchor="end">
              {y.format(tick)}
            </text>
          </g>
        ))}
        {thinned(xScale.ticks, x, innerWidth).map((tick) => (
          <g key={tick}>
            <path class="grid" d={`M${px(tick)} ${MARGIN.top}V${floor + 4}`} />
            <text class="tick" x={px(tick)} y={floor + 18} text-anchor="middle">
              {x.format(tick)}
            </text>
          </g>
        ))}
        <text class="axis" x={MARGIN.left + innerWidth / 2} y={height - 6} text-anchor="middle">
          {x.label}
        </text>
        <text
          class="axis"
          transform={`translate(12 ${MARGIN.top + innerHeight / 2}) rotate(-90)`}
          text-anchor="middle"
        >
          {y.label}
        </text>
        {series.map((one) => (
          <g key={one.name} class={`series c${one.colour}`}>
            <SeriesMarks {...one} px={px} py={py} floor={floor} />
          </g>
        ))}
        {shown !== undefined && (
          <circle class={`current c${shown.colour}`} cx={px(shown.x)} cy={py(shown.y)} r={7} />
        )}
      </svg>
      <p class="readout" aria-live="polite">
        {shown === undefined ? '' : `${shown.name}: ${shown.text}`}
      </p>
    </div>
  );
}

interface MarksProps extends Series {
  readonly px: (value: number) => number;
  readonly py: (value: number) => number;
  readonly floor: number;
}

/** Points of a line get a dot each where there are few. */
const MOST_DOTS = 60;

function SeriesMarks({ kind, points, isDashed, px, py, floor }: MarksProps) {
  const at = ({ x, y }: Point): string => `${px(x).toFixed(1)} ${py(y).toFixed(1)}`;
  if (kind === 'ranges')
    return (
      <>
        {points.map((point) => {
          const [x, top, bottom] = [px(point.x), py(point.y), py(point.y2 ?? point.y)];
          return (
            <path
              key={point.text}
              class="stroke"
              d={`M${x} ${top}V${bottom}M${x - 5} ${top}h10M${x - 5} ${bottom}h10`}
            />
          );
        })}
      </>
    );
  const dots = points.map((point) => (
    <circle key={point.text} class="dot" cx={px(point.x)} cy={py(point.y)} r={kind === 'line' ? 3 : 4} />
  ));
  if (kind === 'dots') return <>{dots}</>;
  if (kind === 'stems')
    return (
      <>
        <path
          class="stroke"
          d={points.map((point) => `M${px(point.x).toFixed(1)} ${floor}V${py(point.y).toFixed(1)}`).join('')}
        />
        {points.length <= MOST_DOTS && dots}
      </>
    );
  const join = kind === 'steps' ? steps(points, px, py) : points.map(at).join('L');
  return (
    <>
      <path class={isDashed === true ? 'stroke dashed' : 'stroke'} d={`M${join}`} />
      {kind === 'line' && points.length <= MOST_DOTS && dots}
    </>
  );
}

/** Each value holds up to the next one's place. */
const steps = (
  points: readonly Point[],
  px: (value: number) => number,
  py: (value: number) => number,
): string =>
  points
    .map(
      (point, k) =>
        `${k === 0 ? '' : `H${px(point.x).toFixed(1)}V`}${k === 0 ? `${px(point.x).toFixed(1)} ` : ''}${py(point.y).toFixed(1)}`,
    )
    .join('');
