/**
 * Outage: all datagrams in these spans of media time are lost. It comes before every other stage.
 *
 * The schedule applies it when an index is asked for, because its media time is not known earlier.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { formatDurationNs, readDurationNs } from '../../../src/base/quantities.ts';
import { checkRanges, joined } from './ranges.ts';
import type { Stage } from './stage.ts';

/** A span of media time, nanoseconds: start included, end excluded. */
export interface TimeSpan {
  readonly fromNs: number;
  readonly toNs: number;
}

export interface OutageFields {
  /** Sorted, disjoint. */
  readonly outages: readonly TimeSpan[];
}

function readOutages(text: string, option: string): TimeSpan[] {
  const spans = text.split(',').map((part) => {
    const [from, to, ...rest] = part.split('..');
    if (from === undefined || to === undefined || rest.length > 0) {
      throw new UsageError(
        'value-format',
        option,
        `expected spans of media time, such as 2s..3s, got "${text}"`,
      );
    }
    const span = { from: readDurationNs(from, option), to: readDurationNs(to, option) };
    if (span.to <= span.from) {
      throw new UsageError(
        'value-range',
        option,
        `expected a span that ends after it starts, such as 2s..3s, got "${part}"`,
      );
    }
    return span;
  });
  const sorted = spans.toSorted((a, b) => a.from - b.from);
  return joined(sorted, (last, next) => next.from <= last.to).map(({ from, to }) => ({
    fromNs: from,
    toNs: to,
  }));
}

export const outage: Stage = {
  knobs: [
    {
      name: 'outage',
      flags: '--outage <spans>',
      description:
        'lose everything in these spans of media time, such as 2s..3s,10s..10500ms (default: none)',
    },
  ],
  kinds: { outages: ['a list of spans', Array.isArray] },
  off: { outages: [] },
  actsOnControl: false,
  read: (given) => ({ outages: given.read<TimeSpan[]>('outage', readOutages, []) }),
  // Adjacent half-open spans are disjoint, so the last instant inside is compared.
  check: ({ outages }, nameOf) =>
    checkRanges(nameOf('outage'), outages, ({ fromNs, toNs }) => [fromNs, toNs - 1], 0),
  format: ({ outages }) => {
    const spans = outages.map(({ fromNs, toNs }) => `${formatDurationNs(fromNs)}..${formatDurationNs(toNs)}`);
    return spans.length === 0 ? [] : [`--outage ${spans.join(',')}`];
  },
  columns: ({ outages }) => (outages.length > 0 ? ['dropCause'] : []),
};

/** Whether a media time, nanoseconds, lies in an outage; false for NaN. */
export function isOutage(spans: readonly TimeSpan[], timeNs: number): boolean {
  for (const { fromNs, toNs } of spans) if (timeNs >= fromNs && timeNs < toNs) return true;
  return false;
}
