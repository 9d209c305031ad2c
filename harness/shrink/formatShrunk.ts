/**
 * The result of shrinking, for people.
 */
import { counted } from '../../src/base/figures.ts';
import { formatDurationNs } from '../../src/base/quantities.ts';
import { formatKnobs } from '../impairment/knobs.ts';
import type { ExecOutcome } from '../session/exec.ts';
import type { ExecTraffic } from './execTrial.ts';
import type { ImpairmentEvent } from './events.ts';
import type { Shrunk } from './shrink.ts';

/** `5 events: 3 drops, 2 holds`, or `3 drops` if there is only one kind. */
export function formatEvents(events: readonly ImpairmentEvent[]): string {
  const kinds = [
    ['drop', 'drop'],
    ['hold', 'hold'],
    ['copy', 'duplicate'],
  ] as const;
  const counts = kinds.flatMap(([kind, noun]) => {
    const count = events.filter((event) => event.kind === kind).length;
    return count === 0 ? [] : [counted(count, noun)];
  });
  return counts.length === 1
    ? (counts[0] as string)
    : `${counted(events.length, 'event')}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
}

/** The remaining events, whether they are minimal, and the number of runs, one line each. */
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
  return [`${left}${why} (${counted(runs, 'run')})`, ...(flags === '' ? [] : [`  ${flags}`])];
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

/** What the command sent, and what happened to the recording's datagrams. */
export function formatTraffic(traffic: ExecTraffic): string {
  const { fromCommand, ignored, recorded, sent, duplicated, dropped, delivered, refused, heldAtEnd } =
    traffic;
  const counts = [
    `${sent} of ${recorded} sent`,
    ...(duplicated > 0 ? [`${duplicated} duplicated`] : []),
    `${dropped} dropped`,
    `${delivered} delivered`,
    ...(refused > 0 ? [`${refused} refused by the kernel`] : []),
    ...(heldAtEnd > 0 ? [`${heldAtEnd} still held`] : []),
  ];
  const others = ignored > 0 ? ` and ${ignored} that ${ignored === 1 ? 'was' : 'were'} not passed on` : '';
  return `from the command: ${counted(fromCommand, 'datagram')}${others}; to it: ${counts.join(', ')}`;
}

/**
 * Why the recording was never played to a command: it did not register. Null if it was played.
 * @param traffic nothing in a flow, but ignored datagrams if the command does not speak the protocol
 */
export function formatUnasked({ address, fromCommand, uncompleted, ignored }: ExecTraffic): string | null {
  if (fromCommand > 0) return null;
  if (uncompleted > 0) {
    return (
      '--exec: expected the command to complete its registration, got its beginning only, ' +
      'so nothing was sent to it; make it answer the challenge, as docs/protocol.md has it'
    );
  }
  return ignored === 0
    ? `--exec: expected the command to send something to ${address}, which MATCHSTREAM_SERVER names, got nothing, ` +
        'so nothing was sent to it; make it talk to that address'
    : `--exec: expected a registration from the command, got ${counted(ignored, 'datagram')} without one, ` +
        'so nothing was sent to it; with --exec-protocol any whatever it sends starts the stream';
}

/** A command fails unless it ends with exit code 0. */
export const hasFailed = (outcome: ExecOutcome): boolean => outcome.kind !== 'exited' || outcome.code !== 0;
