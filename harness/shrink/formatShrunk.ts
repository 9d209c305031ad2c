/**
 * What shrinking found, as a person reads it.
 *
 * Pure: results in, text out.
 */
import { formatDurationNs } from '../../src/quantities.ts';
import { formatKnobs } from '../impairment/formatKnobs.ts';
import type { ExecOutcome } from '../runner/exec.ts';
import type { ImpairmentEvent } from './events.ts';
import type { Shrunk } from './shrink.ts';

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `5 events: 3 drops, 2 holds`, or `3 drops` where there is one kind only. */
export function formatEvents(events: readonly ImpairmentEvent[]): string {
  const kinds = [
    ['drop', 'drop'],
    ['hold', 'hold'],
    ['copy', 'duplicate'],
  ] as const;
  const counts = kinds.flatMap(([kind, noun]) => {
    const count = events.filter((event) => event.kind === kind).length;
    return count === 0 ? [] : [plural(count, noun)];
  });
  return counts.length === 1
    ? (counts[0] as string)
    : `${plural(events.length, 'event')}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
}

/** What is left, why nothing more goes, and what it took, a line each. */
export function formatShrunk({ events, config, minimal }: Shrunk, runs: number): string[] {
  const flags = formatKnobs(config);
  const left =
    flags === ''
      ? 'it fails without any impairment'
      : events.length === 0
        ? 'no event is needed; this alone still fails'
        : `${formatEvents(events)} still ${events.length === 1 ? 'fails' : 'fail'}`;
  const why = !minimal
    ? ', but the runs ran out before each was seen to be needed: more with --shrink-runs'
    : events.length === 0
      ? ''
      : `, and without ${events.length === 1 ? 'it' : 'any one of them'} it does not`;
  return [`${left}${why} (${plural(runs, 'run')})`, ...(flags === '' ? [] : [`  ${flags}`])];
}

export function formatOutcome(outcome: ExecOutcome, timeoutNs: number): string {
  switch (outcome.kind) {
    case 'exited':
      return `the command ended with exit code ${outcome.code}`;
    case 'killed':
      return `the command was killed by ${outcome.signal}`;
    case 'timed out':
      return `the command did not end within ${formatDurationNs(timeoutNs)}`;
    default:
      return outcome satisfies never;
  }
}

/** A command fails by whatever is not exit code 0. */
export const hasFailed = (outcome: ExecOutcome): boolean => outcome.kind !== 'exited' || outcome.code !== 0;
