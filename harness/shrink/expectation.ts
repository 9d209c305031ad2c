/**
 * Expectations of a client's statistics, such as `lost<=3`: read, judged, and written back.
 *
 * Pure. It knows no stream and no schedule: a figure is on the right side of a number, or it is not.
 */
import { UsageError } from '../../src/errors.ts';
import { STATISTICS } from '../../src/metrics/statistics.ts';
import type { StatisticName, Statistics } from '../../src/metrics/statistics.ts';
import { formatNumber, NOT_MEASURED } from '../report/figures.ts';

const OPERATORS = {
  '<': (figure: number, value: number) => figure < value,
  '<=': (figure: number, value: number) => figure <= value,
  '>': (figure: number, value: number) => figure > value,
  '>=': (figure: number, value: number) => figure >= value,
  '==': (figure: number, value: number) => figure === value,
  '!=': (figure: number, value: number) => figure !== value,
} as const;

type Operator = keyof typeof OPERATORS;

export interface Expectation {
  readonly metric: StatisticName;
  readonly operator: Operator;
  readonly value: number;
}

const SHAPE = /^(\w+)\s*(<=|>=|==|!=|<|>)\s*(-?\d+(?:\.\d+)?)$/;

/**
 * What a figure that describes losses or reordering is taken over. Where that was measured and the figure was not,
 * there is nothing it could be bad about.
 */
const TAKEN_OVER: Partial<Record<StatisticName, StatisticName>> = {
  reorder_extent_max: 'reordered',
  reorder_extent_mean: 'reordered',
  reorder_late_offset_max_us: 'reordered',
  loss_period_mean: 'lost',
  loss_distance_mean: 'lost',
  burst_density_ratio: 'bursts',
  burst_length_mean: 'bursts',
  gap_density_ratio: 'bursts',
  gap_length_mean: 'bursts',
};

/**
 * Reads METRIC OP NUMBER; spaces may stand around the operator.
 * @throws UsageError for anything else, listing the metrics where none is named
 */
export function readExpectation(text: string, option: string): Expectation {
  const match = SHAPE.exec(text.trim());
  if (match === null) {
    throw new UsageError(
      `${option}: expected METRIC OP NUMBER, such as lost<=3, got "${text}"; OP is one of ${Object.keys(OPERATORS).join(' ')}`,
    );
  }
  const row = STATISTICS.find(({ name }) => name === match[1]);
  if (row === undefined) {
    const names = STATISTICS.map(({ name }) => name).join(', ');
    throw new UsageError(`${option}: expected a metric, got "${match[1]}"; choose one of ${names}`);
  }
  return { metric: row.name, operator: match[2] as Operator, value: Number(match[3]) };
}

export const formatExpectation = ({ metric, operator, value }: Expectation): string =>
  `${metric}${operator}${formatNumber(value)}`;

/**
 * Whether a client's figures are as expected. A figure that was not measured is not; but one that is taken over
 * losses or reorderings, of which there were none, is.
 */
export function isMet({ metric, operator, value }: Expectation, statistics: Statistics): boolean {
  const figure = statistics[metric];
  if (figure !== null) return OPERATORS[operator](figure, value);
  const over = TAKEN_OVER[metric];
  return over !== undefined && statistics[over] !== null;
}

/** What a client says to an expectation that it does not meet. */
export function formatUnmet(client: number, expectation: Expectation, statistics: Statistics): string {
  const { metric } = expectation;
  const figure = statistics[metric];
  const measured = figure === null ? NOT_MEASURED : formatNumber(figure);
  return `client ${client} does not meet ${formatExpectation(expectation)}: ${metric} is ${measured}`;
}
