/**
 * Configured, expected, measured: one row per metric, each with a verdict.
 *
 * It computes only the difference; the figures are given.
 */
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import type { ExpectedMetrics, ExpectedValue, MeasuredValue } from '../expected/expectedValue.ts';
import type { LedgerRow } from './accounting.ts';
import type { MetricKind, MetricName } from '../../src/metrics/catalogue.ts';

/**
 * - `match`: the schedule is known, and measured equals expected, or neither has a value;
 * - `within`: measured is in the accepted range;
 * - `kernel drop`: it is not, and the ledger shows kernel drops that explain it;
 * - `mismatch`: it is not, and nothing explains it;
 * - `not measured`: one side has no figure to compare.
 */
export type Verdict = 'match' | 'within' | 'mismatch' | 'kernel drop' | 'not measured';

/** A row of comparison.csv. */
export interface ComparisonRow {
  readonly flow: number;
  readonly direction: string;
  /** Null at a proxy by itself. */
  readonly client: number | null;
  /** Null where the interval is not known. */
  readonly interval_us: number | null;
  readonly metric: MetricName | typeof LOST_BEFORE_HIGHEST;
  readonly unit: string;
  readonly configured: number | null;
  readonly expected: number | null;
  /** The accepted range; null if only `expected` is accepted, or that side is open. */
  readonly expected_low: number | null;
  readonly expected_high: number | null;
  readonly measured: MeasuredValue;
  /** measured - expected; 0 for a match of two figures. */
  readonly difference: number | null;
  readonly verdict: Verdict;
  /** The range of schedules that the knobs allow; it does not affect the verdict. */
  readonly configured_low: number | null;
  readonly configured_high: number | null;
  /** At a proxy by itself: which stream of its flow and direction. */
  readonly stream: number | null;
  /** At a proxy by itself: the same metric over what came in; else `none`. */
  readonly entered: MeasuredValue;
}

/** A row of a proxy's comparison only: the losses that a receiver sees that is told nothing and goes by gaps. */
export const LOST_BEFORE_HIGHEST = 'lost_before_highest';

export interface Comparison {
  readonly flow: number;
  readonly direction: string;
  readonly client: number | null;
  /** 0 for flat out; null if it is not known. */
  readonly intervalUs: number | null;
  /** See `ComparisonRow`. */
  readonly stream?: number;
  /** Absent or null: not measured. Without it there is no entry. */
  readonly entered?: { readonly [Name in MetricName]?: MeasuredValue };
  /** The configured value of a metric, if a knob determines one, and the interval that drawn schedules stay in. */
  readonly configured: {
    readonly [Name in MetricName]?: { readonly value: number; readonly low: number; readonly high: number };
  };
  readonly expected: ExpectedMetrics;
  /** Absent or null: not measured. */
  readonly measured: { readonly [Name in MetricName]?: MeasuredValue };
  /** Metrics whose measured figure is not reliable in this run: it is withheld. */
  readonly untrusted: ReadonlySet<MetricName>;
  /** The account of the same flow, direction and client. */
  readonly ledger: LedgerRow;
}

/** Relative difference up to which two orders of summation may differ. */
const QUOTIENT_TOLERANCE = 1e-9;

/** Whether two values of a metric are the same figure. */
export function sameFigure(kind: MetricKind, expected: number, measured: number): boolean {
  if (expected === measured) return true;
  if (kind === 'count') return false;
  return (
    Math.abs(measured - expected) <= QUOTIENT_TOLERANCE * Math.max(Math.abs(expected), Math.abs(measured))
  );
}

/**
 * Whether kernel drops explain a metric that differs by `difference`: there are some, nothing else in the ledger row is
 * unexplained, and the metric differs in the direction, and no further than, that many drops can cause.
 */
export function kernelDropsExplain(name: MetricName, difference: number, ledger: LedgerRow): boolean {
  const drops = (ledger.kernel_drops_proxy ?? 0) + (ledger.kernel_drops_client ?? 0);
  if (drops === 0 || ledger.unexplained !== 0) return false;
  const { drop } = METRICS[name];
  if (drop === undefined) return true;
  if (drop === 'none' || (drop.startsWith('falls') ? difference > 0 : difference < 0)) return false;
  return !drop.endsWith('by 1') || Math.abs(difference) <= drops;
}

/** The difference from the value, or from the nearer bound if there is no value. */
function offBy(expected: ExpectedValue, measured: number): number {
  if (expected.value !== null) return measured - expected.value;
  if (expected.low !== null && measured < expected.low) return measured - expected.low;
  return measured - (expected.high ?? measured);
}

export function verdictOf(
  name: MetricName,
  expected: ExpectedValue | undefined,
  measured: MeasuredValue,
  ledger: LedgerRow,
): Verdict {
  if (measured === null || expected === undefined) return 'not measured';
  const { value, low, high } = expected;
  if (measured === 'none') {
    if (value === null && low === null && high === null) return 'match';
    // The direction of the difference of a missing figure is unknown.
    return kernelDropsExplain(name, 0, ledger) ? 'kernel drop' : 'mismatch';
  }
  if (low !== null || high !== null) {
    if (measured >= (low ?? -Infinity) && measured <= (high ?? Infinity)) return 'within';
  } else if (value !== null && sameFigure(METRICS[name].kind, value, measured)) {
    return 'match';
  }
  return kernelDropsExplain(name, offBy(expected, measured), ledger) ? 'kernel drop' : 'mismatch';
}

/** One row for every metric that both sides can have, in the order of the catalogue. */
export function compareMetrics(comparison: Comparison): ComparisonRow[] {
  return METRIC_NAMES.filter((name) => !METRICS[name].isOfReceiver).map((name) => {
    const { kind, unit } = METRICS[name];
    const expected = comparison.expected[name];
    const measured = comparison.untrusted.has(name) ? null : (comparison.measured[name] ?? null);
    const verdict = verdictOf(name, expected, measured, comparison.ledger);
    const value = expected?.value ?? null;
    const configured = comparison.configured[name];
    // Different orders of summation differ in the last bits, which is no difference.
    const isFigure = typeof measured === 'number' && value !== null;
    const same = isFigure && sameFigure(kind, value, measured);
    const difference = !isFigure ? null : same ? 0 : measured - value;
    return {
      flow: comparison.flow,
      direction: comparison.direction,
      client: comparison.client,
      interval_us: comparison.intervalUs,
      metric: name,
      unit,
      configured: configured?.value ?? null,
      expected: value,
      expected_low: expected?.low ?? null,
      expected_high: expected?.high ?? null,
      measured,
      difference,
      verdict,
      configured_low: configured?.low ?? null,
      configured_high: configured?.high ?? null,
      stream: comparison.stream ?? null,
      entered: comparison.entered === undefined ? 'none' : (comparison.entered[name] ?? null),
    };
  });
}

const WORST_FIRST: readonly Verdict[] = ['mismatch', 'kernel drop', 'within', 'match', 'not measured'];

/** The worst verdict; `not measured` only if nothing was measured. */
export function worstVerdict(verdicts: Iterable<Verdict>): Verdict {
  const seen = new Set(verdicts);
  return WORST_FIRST.find((verdict) => seen.has(verdict)) ?? 'not measured';
}
