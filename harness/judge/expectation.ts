/**
 * Expectations of a client's statistics, such as `lost<=3`: read, judged, and formatted.
 */
import { UsageError } from '../../src/base/errors.ts';
import { figureOf } from '../../src/metrics/absent.ts';
import type { Figure } from '../../src/metrics/absent.ts';
import { METRICS } from '../../src/metrics/catalogue.ts';
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

export interface Expectation<Name extends string = MetricName> {
  readonly metric: Name;
  readonly operator: Operator;
  readonly value: number;
}

/** What an expectation has to know of a figure's name. */
export interface Expectable {
  readonly unit: string | null;
  /** Names of it, or of similar figures, in other tools. */
  readonly otherNames?: readonly string[];
  /** The count of which it is the ratio. */
  readonly ratioOf?: string;
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
export const readExpectation = (text: string, option: string): Expectation =>
  readExpectationOf(METRICS, text, option);

/** The same for figures of another catalogue. */
export function readExpectationOf<Name extends string>(
  figures: Readonly<Record<Name, Expectable>>,
  text: string,
  option: string,
): Expectation<Name> {
  const names = Object.keys(figures) as Name[];
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
  const metric = names.find((one) => one === name);
  if (metric === undefined) {
    const meant = meantNames(figures, name);
    throw new UsageError(
      'unknown-choice',
      option,
      `expected a metric, got "${name}"; ` +
        (meant.length > 0 ? `did you mean ${meant.join(' or ')}?` : `choose one of ${names.join(', ')}`),
    );
  }
  const number = inUnitOf(figures, metric, Number(figure), unit, option, text);
  // -0 equals zero, and is written as zero.
  const value = number === 0 ? 0 : number;
  return { metric, operator: operator === '=' ? '==' : (operator as Operator), value };
}

/** A number in the unit of its metric. */
function inUnitOf<Name extends string>(
  figures: Readonly<Record<Name, Expectable>>,
  name: Name,
  figure: number,
  unit: string | undefined,
  option: string,
  text: string,
): number {
  if (unit === undefined) return figure;
  const own = figures[name].unit;
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
  const names = Object.keys(figures) as Name[];
  const share = unit === '%' ? names.find((one) => figures[one].ratioOf === name) : undefined;
  const remedy = share === undefined ? 'leave the unit out' : `for a share use ${share}`;
  return refuse(own === 'pps' || own === 'bps' ? `a number in ${own}` : 'a plain number', remedy);
}

/** The figures that an unknown name may mean: another tool's name, one without its unit, a misspelling. */
function meantNames<Name extends string>(
  figures: Readonly<Record<Name, Expectable>>,
  name: string,
): readonly Name[] {
  const names = Object.keys(figures) as Name[];
  const small = name.toLowerCase().replaceAll('-', '_');
  const called = names.filter((one) => figures[one].otherNames?.includes(small));
  if (called.length > 0) return called;
  const longer = names.filter((one) => one === small || one.startsWith(`${small}_`));
  if (longer.length > 0) return longer.length > 3 ? [] : longer;
  return names.filter((one) => isNear(one, small));
}

export const formatExpectation = ({ metric, operator, value }: Expectation<string>): string =>
  `${metric}${operator}${formatNumber(value)}`;

/**
 * Whether a client's figures meet an expectation. A figure that was not measured does not; one over losses or
 * reorderings, of which there were none, does.
 */
export const isMet = (expectation: Expectation, statistics: Statistics): boolean =>
  meets(expectation, figureOf(expectation.metric, statistics));

function meets({ metric, operator, value }: Expectation<string>, figure: Figure): boolean {
  if (figure === 'none') return isMetricName(metric) && METRICS[metric].isOfFaults === true;
  return figure !== null && OPERATORS[operator](figure, value);
}

const isMetricName = (name: string): name is MetricName => Object.hasOwn(METRICS, name);

/** What is held against expectations: a client, a flow, a point of a benchmark. */
export interface Subject<Name extends string = MetricName> {
  readonly name: string;
  /** Its figure of that name; undefined if it can have none, so that it is not held against it. */
  readonly figureOf: (name: Name) => Figure | undefined;
}

/** The clients of a session, by what each measured. */
export const clientSubjects = (measured: readonly Statistics[]): Subject[] =>
  measured.map((statistics, k) => ({
    name: `client ${k + 1}`,
    figureOf: (name) => figureOf(name, statistics),
  }));

/** Figures that only grow while a stream runs. */
export type GrowingFigures = Readonly<
  Record<'received' | 'lost' | 'duplicates' | 'reordered', number | null>
>;

/**
 * Whether an expectation is broken for good by figures of a part of the stream, whatever the rest brings.
 * @param total datagrams of the whole stream
 */
export function isBroken(
  { metric, operator, value }: Expectation,
  figures: GrowingFigures,
  total: number,
): boolean {
  const least =
    metric === 'loss_ratio'
      ? (figures.lost ?? 0) / total
      : Object.hasOwn(figures, metric)
        ? (figures[metric as keyof GrowingFigures] ?? 0)
        : 0;
  if (operator === '<') return least >= value && least > 0;
  return (operator === '<=' || operator === '==') && least > value;
}

/** A row of expectations.csv. */
export interface ExpectationRow {
  readonly subject: string;
  readonly expectation: string;
  readonly metric: string;
  readonly measured: Figure;
  readonly result: 'met' | 'not met' | 'not decided';
}

/** What is held against an expectation that nobody else can be held against: silence meets nothing. */
export const NOBODY: Subject<string> = { name: 'the run', figureOf: () => null };

/**
 * Holds every subject against every expectation.
 * @param isDecided whether this one is decided: not after half a stream, which may meet what the whole one does not
 */
export const judgeExpectations = <Name extends string>(
  expectations: readonly Expectation<Name>[],
  subjects: readonly Subject<Name>[],
  isDecided: (expectation: Expectation<Name>, subject: Subject<Name>) => boolean = () => true,
): ExpectationRow[] =>
  expectations.flatMap((expectation) =>
    subjects.flatMap((subject): ExpectationRow[] => {
      const measured = subject.figureOf(expectation.metric);
      if (measured === undefined) return [];
      return [
        {
          subject: subject.name,
          expectation: formatExpectation(expectation),
          metric: expectation.metric,
          measured,
          result: !isDecided(expectation, subject)
            ? 'not decided'
            : meets(expectation, measured)
              ? 'met'
              : 'not met',
        },
      ];
    }),
  );

/** The message for a client that does not meet an expectation. */
export function formatUnmet(client: number, expectation: Expectation, statistics: Statistics): string {
  const { metric } = expectation;
  const figure = statistics[metric];
  const measured = figure === null ? NOT_MEASURED : formatNumber(figure);
  return `client ${client} does not meet ${formatExpectation(expectation)}: ${metric} is ${measured}`;
}
