/**
 * Outage: all datagrams in these spans of media time are lost. It comes before every other stage.
 *
 * The schedule applies it when an index is asked for, because its media time is not known earlier.
 */
import { sum } from '../../../src/base/figures.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { formatDurationNs, readDurationNs, readPositiveDurationNs } from '../../../src/base/quantities.ts';
import { checkRanges, joined } from './ranges.ts';
import { isCount, refuse } from './stage.ts';
import type { Stage } from './stage.ts';

/** A span of media time, nanoseconds: start included, end excluded. */
export interface TimeSpan {
  readonly fromNs: number;
  readonly toNs: number;
  /** It comes again after each such time, more than its length; absent: never. */
  readonly everyNs?: number;
}

export interface OutageFields {
  /** Those that come once, sorted and disjoint; then those that come again and again. */
  readonly outages: readonly TimeSpan[];
}

function readOutages(text: string, option: string): TimeSpan[] {
  const spans = text.split(',').map((part) => readSpan(part, text, option));
  const once = spans.filter(({ everyNs }) => everyNs === undefined);
  const sorted = once
    .map(({ fromNs, toNs }) => ({ from: fromNs, to: toNs }))
    .toSorted((one, other) => one.from - other.from);
  const merged = joined(sorted, (last, next) => next.from <= last.to).map(({ from, to }) => ({
    fromNs: from,
    toNs: to,
  }));
  const again = spans.filter(({ everyNs }) => everyNs !== undefined);
  return [...merged, ...again.toSorted((one, other) => one.fromNs - other.fromNs)];
}

/** @param text of all spans, for a message */
function readSpan(part: string, text: string, option: string): TimeSpan {
  const [span = '', every, ...more] = part.split('/');
  const [from, to, ...rest] = span.split('..');
  if (from === undefined || to === undefined || rest.length > 0 || more.length > 0) {
    throw new UsageError(
      'value-format',
      option,
      `expected spans of media time, such as 2s..3s, got "${text}"`,
    );
  }
  const [fromNs, toNs] = [readDurationNs(from, option), readDurationNs(to, option)];
  if (toNs <= fromNs) {
    throw new UsageError(
      'value-range',
      option,
      `expected a span that ends after it starts, such as 2s..3s, got "${part}"`,
    );
  }
  if (every === undefined) return { fromNs, toNs };
  const everyNs = readPositiveDurationNs(every, option);
  if (everyNs <= toNs - fromNs) {
    throw new UsageError(
      'value-range',
      option,
      `expected a span that is over before it comes again, such as 2s..3s/10s, got "${part}"`,
    );
  }
  return { fromNs, toNs, everyNs };
}

function checkOutages(outages: readonly TimeSpan[], setting: string): void {
  const once = outages.filter(({ everyNs }) => everyNs === undefined);
  // Adjacent half-open spans are disjoint, so the last instant inside is compared.
  checkRanges(setting, once, ({ fromNs, toNs }) => [fromNs, toNs - 1], 0);
  for (const { fromNs, toNs, everyNs } of outages) {
    if (everyNs === undefined) continue;
    const isWhole = isCount(fromNs, 0, Number.MAX_SAFE_INTEGER) && Number.isSafeInteger(toNs);
    if (!(isWhole && toNs > fromNs && Number.isSafeInteger(everyNs) && everyNs > toNs - fromNs))
      refuse(setting, 'a span that is over before it comes again', `${fromNs}..${toNs}/${everyNs}`);
  }
}

const formatSpan = ({ fromNs, toNs, everyNs }: TimeSpan): string =>
  `${formatDurationNs(fromNs)}..${formatDurationNs(toNs)}${everyNs === undefined ? '' : `/${formatDurationNs(everyNs)}`}`;

export const outage: Stage = {
  knobs: [
    {
      name: 'outage',
      flags: '--outage <spans>',
      description:
        'lose everything in these spans of media time, such as 2s..3s, or 2s..3s/10s: every 10 s (default: none)',
    },
  ],
  kinds: { outages: ['a list of spans', Array.isArray] },
  off: { outages: [] },
  actsOnControl: false,
  read: (given) => ({ outages: given.read<TimeSpan[]>('outage', readOutages, []) }),
  check: ({ outages }, nameOf) => checkOutages(outages, nameOf('outage')),
  format: ({ outages }) => (outages.length === 0 ? [] : [`--outage ${outages.map(formatSpan).join(',')}`]),
  columns: ({ outages }) => (outages.length > 0 ? ['dropCause'] : []),
};

/** Whether a media time, nanoseconds, lies in an outage; false for NaN. */
export function isOutage(spans: readonly TimeSpan[], timeNs: number): boolean {
  for (const { fromNs, toNs, everyNs } of spans) {
    if (!(timeNs >= fromNs)) continue;
    if (timeNs < toNs || (everyNs !== undefined && (timeNs - fromNs) % everyNs < toNs - fromNs)) return true;
  }
  return false;
}

/** Closed form: the share of the time that spans take which come again and again, if no two of them overlap. */
export const outageRatio = (spans: readonly TimeSpan[]): number =>
  sum(spans.map(({ fromNs, toNs, everyNs }) => (everyNs === undefined ? 0 : (toNs - fromNs) / everyNs)));
