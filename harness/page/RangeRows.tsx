/**
 * A line a name, on one logarithmic scale: a dot at a figure, and a bar from it to a second one where there is one.
 */
import { logScale, placeOf } from './scales.ts';
import { useWidth } from './width.ts';

export interface RangeRow {
  readonly name: string;
  /** Above 0. */
  readonly from: number;
  /** Null for none. */
  readonly to: number | null;
}

interface RangeRowsProps {
  readonly label: string;
  readonly format: (value: number) => string;
  readonly rows: readonly RangeRow[];
}

const ROW_PX = 24;
const TICKS_PX = 24;
const EDGE_PX = 28;
const LABEL_SHARE = 0.4;
const LABEL_MOST_PX = 230;
const TICK_PX = 56;

export function RangeRows({ label, format, rows }: RangeRowsProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const scale = logScale(rows.flatMap(({ from, to }) => (to === null || to <= 0 ? [from] : [from, to])));
  const left = Math.min(LABEL_MOST_PX, width * LABEL_SHARE);
  const x = (value: number): number => left + placeOf(scale, value) * (width - left - EDGE_PX);
  const height = TICKS_PX + rows.length * ROW_PX;
  const every = Math.ceil((scale.ticks.length * TICK_PX) / (width - left));
  return (
    <div ref={ref} class="plot">
      <svg width={width} height={height} role="img" aria-label={label}>
        {scale.ticks
          .filter((_, k) => k % every === 0)
          .map((tick) => (
            <g key={tick}>
              <path class="grid" d={`M${x(tick)} ${TICKS_PX - 6}V${height}`} />
              <text class="tick" x={x(tick)} y={12} text-anchor="middle">
                {format(tick)}
              </text>
            </g>
          ))}
        {rows.map(({ name, from, to }, k) => {
          const y = TICKS_PX + (k + 0.5) * ROW_PX;
          return (
            <g key={k} class="c1">
              <title>{`${name}: ${format(from)}${to === null ? '' : ` to ${format(to)}`}`}</title>
              <text x={0} y={y + 4}>
                {name}
              </text>
              {to !== null && to > 0 && (
                <path class="stroke" d={`M${x(from)} ${y}H${x(to)}M${x(to)} ${y - 5}V${y + 5}`} />
              )}
              <circle class="dot" cx={x(from)} cy={y} r={4} />
            </g>
          );
        })}
      </svg>
    </div>
  );
}
