/**
 * Configured, expected, measured: one row a metric, each with a verdict.
 *
 * Pure. It judges figures that others made; it computes none itself but the difference.
 */
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import type { ExpectedMetrics, ExpectedValue, MeasuredValue } from '../expected/expectedValue.ts';
import type { LedgerRow } from './accounting.ts';
import type { MetricKind, MetricName } from '../../src/metrics/catalogue.ts';

/**
 * - `match`: the schedule is known, and measured equals expected; or neither has a value, there being nothing to take it over;
 * - `within`: measured lies in the accepted range;
 * - `kernel drop`: it does not, and the ledger shows kernel drops that account for it;
 * - `mismatch`: it does not, and nothing accounts for it;
 * - `not measured`: one side has no figure to compare.
 */
export type Verdict = 'match' | 'within' | 'mismatch' | 'kernel drop' | 'not measured';

/** A row of comparison.csv. */
export interface ComparisonRow {
  readonly flow: number;
  readonly direction: string;
  readonly client: number;
  readonly interval_us: number;
  readonly metric: MetricName;
  readonly unit: string;
  readonly configured: number | null;
  readonly expected: number | null;
  /** The range that is accepted; null where `expected` alone is, or that side is open. */
  readonly expected_low: number | null;
  readonly expected_high: number | null;
  readonly measured: MeasuredValue;
  /** measured - expected; 0 for a match of two figures. */
  readonly difference: number | null;
  readonly verdict: Verdict;
  /** What schedules the knobs allow; no verdict goes by it. */
  readonly configured_low: number | null;
  readonly configured_high: number | null;
}

export interface Comparison {
  readonly flow: number;
  readonly direction: string;
  readonly client: number;
  /** 0 for flat out. */
  readonly intervalUs: number;
  /** What a knob says of a metric, where one does, and the interval that schedules drawn from it stay in. */
  readonly configured: {
    readonly [Name in MetricName]?: { readonly value: number; readonly low: number; readonly high: number };
  };
  readonly expected: ExpectedMetrics;
  /** Left out or null: not measured. */
  readonly measured: { readonly [Name in MetricName]?: MeasuredValue };
  /** Metrics whose measured figure cannot be trusted in this run: it is withheld. */
  readonly untrusted: ReadonlySet<MetricName>;
  /** The account of the same flow, direction and client. */
  readonly ledger: LedgerRow;
}

/** Relative difference up to which two orders of summation may differ. */
const QUOTIENT_TOLERANCE = 1e-9;

/** Whether two opinions of a metric are the same figure. */
export function sameFigure(kind: MetricKind, expected: number, measured: number): boolean {
  if (expected === measured) return true;
  if (kind === 'count') return false;
  return (
    Math.abs(measured - expected) <= QUOTIENT_TOLERANCE * Math.max(Math.abs(expected), Math.abs(measured))
  );
}

/**
 * Whether the kernel's drops account for a metric that is off by `difference`: there are some, nothing else in
 * the account is unexplained, and the metric moved the way, and no further than, that many drops can move it.
 */
export function kernelDropsExplain(name: MetricName, difference: number, ledger: LedgerRow): boolean {
  const drops = (ledger.kernel_drops_proxy ?? 0) + (ledger.kernel_drops_client ?? 0);
  if (drops === 0 || ledger.unexplained !== 0) return false;
  const { drop } = METRICS[name];
  if (drop === undefined) return true;
  if (drop === 'none' || (drop.startsWith('falls') ? difference > 0 : difference < 0)) return false;
  return !drop.endsWith('by 1') || Math.abs(difference) <= drops;
}

/** How far a figure is off: from the value, or from the nearer bound where there is no value. */
function offBy(expected: ExpectedValue, measured: number): number {
  if (expected.value !== null) return measured - expected.value;
  if (expected.low !== null && measured < expected.low) return measured - expected.low;
  return measured - (expected.high ?? measured);
}

function verdictOf(
  name: MetricName,
  expected: ExpectedValue | undefined,
  measured: MeasuredValue,
  ledger: LedgerRow,
): Verdict {
  if (measured === null || expected === undefined) return 'not measured';
  const { value, low, high } = expected;
  if (measured === 'none') {
    if (value === null && low === null && high === null) return 'match';
    // Which way a figure that is not there is off, nobody can say.
    return kernelDropsExplain(name, 0, ledger) ? 'kernel drop' : 'mismatch';
  }
  if (low !== null || high !== null) {
    if (measured >= (low ?? -Infinity) && measured <= (high ?? Infinity)) return 'within';
  } else if (value !== null && sameFigure(METRICS[name].kind, value, measured)) {
    return 'match';
  }
  return kernelDropsExplain(name, offBy(expected, measured), ledger) ? 'kernel drop' : 'mismatch';
}

/** One row for every metric that both sides can have an opinion of, in the order of the catalogue. */
export function compareMetrics(comparison: Comparison): ComparisonRow[] {
  return METRIC_NAMES.filter((name) => !METRICS[name].isOfReceiver).map((name) => {
    const { kind, unit } = METRICS[name];
    const expected = comparison.expected[name];
    const measured = comparison.untrusted.has(name) ? null : (comparison.measured[name] ?? null);
    const verdict = verdictOf(name, expected, measured, comparison.ledger);
    const value = expected?.value ?? null;
    const configured = comparison.configured[name];
    // Two orders of summation differ in the last bits, which is no difference.
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
    };
  });
}

const WORST_FIRST: readonly Verdict[] = ['mismatch', 'kernel drop', 'within', 'match', 'not measured'];

/** The worst verdict; `not measured` only where nothing was. */
export function worstVerdict(verdicts: Iterable<Verdict>): Verdict {
  const seen = new Set(verdicts);
  return WORST_FIRST.find((verdict) => seen.has(verdict)) ?? 'not measured';
}

/** 1 where a metric mismatches or a datagram is unexplained, else 0. */
export function exitCodeOf(rows: readonly ComparisonRow[], ledger: readonly LedgerRow[]): 0 | 1 {
  const mismatch = rows.some((row) => row.verdict === 'mismatch');
  return mismatch || ledger.some((row) => row.unexplained !== null && row.unexplained !== 0) ? 1 : 0;
}
