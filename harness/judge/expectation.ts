/**
 * Expectations of a client's statistics, such as `lost<=3`: read, judged, and formatted.
 */
import { UsageError } from '../../src/base/errors.ts';
import { figureOf } from '../../src/metrics/absent.ts';
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import { isNear } from '../../src/base/near.ts';
import type { MetricName, Statistics } from '../../src/metrics/catalogue.ts';
import { formatNumber, NOT_MEASURED } from '../../src/base/figures.ts';

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
  readonly metric: MetricName;
  readonly operator: Operator;
  readonly value: number;
}

const SHAPE = /^(\w+)\s*(<=|>=|==|!=|<|>|=)\s*(-?\d+(?:\.\d+)?)\s*(%|[a-zµ]+)?$/;

/** Operators of other notations → ours. */
const OTHER_OPERATORS: Readonly<Record<string, Operator>> = {
  '=<': '<=',
  '=>': '>=',
  '≤': '<=',
  '≥': '>=',
  '<>': '!=',
  '≠': '!=',
  '===': '==',
  '!==': '!=',
};

const OTHER_SHAPE = /^(\w+)\s*(=<|=>|≤|≥|<>|≠|!==|===)\s*(\S+)$/;

/** Microseconds per unit of time. */
const US_PER_UNIT: Readonly<Record<string, number>> = { ns: 1e-3, us: 1, µs: 1, ms: 1e3, s: 1e6 };

/**
 * Reads METRIC OP NUMBER; spaces may surround the operator, and `=` is `==`. A ratio may be written `5%`, a time with its
 * unit: `5ms` is converted to the metric's microseconds.
 * @throws UsageError for anything else, with the metric that was probably meant, or all metrics
 */
export function readExpectation(text: string, option: string): Expectation {
  const match = SHAPE.exec(text.trim());
  if (match === null) {
    const other = OTHER_SHAPE.exec(text.trim());
    const remedy =
      other === null
        ? `OP is one of ${Object.keys(OPERATORS).join(' ')}`
        : `did you mean ${other[1]}${OTHER_OPERATORS[other[2] as string]}${other[3]}?`;
    throw new UsageError(
      'value-format',
      option,
      `expected METRIC OP NUMBER, such as lost<=3 or loss_ratio<5%, got "${text}"; ${remedy}`,
    );
  }
  const [, name = '', operator = '', figure = '', unit] = match;
  const metric = METRIC_NAMES.find((one) => one === name);
  if (metric === undefined) {
    const meant = meantMetrics(name);
    const names = METRIC_NAMES.join(', ');
    throw new UsageError(
      'unknown-choice',
      option,
      `expected a metric, got "${name}"; ` +
        (meant.length > 0 ? `did you mean ${meant.join(' or ')}?` : `choose one of ${names}`),
    );
  }
  const number = inUnitOf(metric, Number(figure), unit, option, text);
  // -0 equals zero, and is written as zero.
  const value = number === 0 ? 0 : number;
  return { metric, operator: operator === '=' ? '==' : (operator as Operator), value };
}

/** A number in the unit of its metric. */
function inUnitOf(
  name: MetricName,
  figure: number,
  unit: string | undefined,
  option: string,
  text: string,
): number {
  if (unit === undefined) return figure;
  const own = METRICS[name].unit;
  const refuse = (expected: string, remedy: string): never => {
    throw new UsageError(
      'value-format',
      option,
      `expected ${expected} for ${name}, got "${text}"; ${remedy}`,
    );
  };
  if (own === 'ratio') {
    // Through text, because 5.1 / 100 is not 0.051.
    if (unit === '%') return Number((figure / 100).toPrecision(15));
    return refuse('a ratio', `write it as ${name}<=5% or ${name}<=0.05`);
  }
  if (own === 'us') {
    const us = Object.hasOwn(US_PER_UNIT, unit) ? (US_PER_UNIT[unit] as number) : null;
    if (us !== null) return Number((figure * us).toPrecision(15));
    return refuse('a time', `write it as ${name}<=5ms, or in microseconds without a unit`);
  }
  const share = unit === '%' ? METRIC_NAMES.find((one) => METRICS[one].ratioOf === name) : undefined;
  const remedy = share === undefined ? 'leave the unit out' : `for a share use ${share}`;
  return refuse(own === 'pps' || own === 'bps' ? `a number in ${own}` : 'a plain number', remedy);
}

/** The metrics that an unknown name may mean: another tool's name, one without its unit, a misspelling. */
function meantMetrics(name: string): readonly MetricName[] {
  const small = name.toLowerCase().replaceAll('-', '_');
  const called = METRIC_NAMES.filter((one) => METRICS[one].otherNames?.includes(small));
  if (called.length > 0) return called;
  const longer = METRIC_NAMES.filter((one) => one === small || one.startsWith(`${small}_`));
  if (longer.length > 0) return longer.length > 3 ? [] : longer;
  return METRIC_NAMES.filter((one) => isNear(one, small));
}

export const formatExpectation = ({ metric, operator, value }: Expectation): string =>
  `${metric}${operator}${formatNumber(value)}`;

/**
 * Whether a client's figures meet an expectation. A figure that was not measured does not; one over losses or
 * reorderings, of which there were none, does.
 */
export function isMet({ metric, operator, value }: Expectation, statistics: Statistics): boolean {
  const figure = figureOf(metric, statistics);
  if (figure === 'none') return METRICS[metric].isOfFaults === true;
  return figure !== null && OPERATORS[operator](figure, value);
}

/** The message for a client that does not meet an expectation. */
export function formatUnmet(client: number, expectation: Expectation, statistics: Statistics): string {
  const { metric } = expectation;
  const figure = statistics[metric];
  const measured = figure === null ? NOT_MEASURED : formatNumber(figure);
  return `client ${client} does not meet ${formatExpectation(expectation)}: ${metric} is ${measured}`;
}
