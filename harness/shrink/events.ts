/**
 * A flow's fates as a list of events, and a list of events as settings without draws.
 *
 * Only effective fates are events: a dropped datagram is one drop, whatever else was drawn for it.
 */
import { NO_IMPAIRMENT } from '../impairment/config.ts';
import type { ImpairmentConfig, IndexRange } from '../impairment/config.ts';
import type { Schedule } from '../impairment/schedule.ts';

export type ImpairmentEvent =
  | { readonly kind: 'copy'; readonly index: number }
  | { readonly kind: 'hold'; readonly index: number; readonly distance: number }
  | { readonly kind: 'drop'; readonly index: number };

/** The events of indices 1 to `lastIndex`, in order. */
export function eventsOf(schedule: Schedule, lastIndex: number): ImpairmentEvent[] {
  const events: ImpairmentEvent[] = [];
  for (let index = 1; index <= lastIndex; index += 1) {
    const row = schedule.at(index);
    // The schedule shows effective fates, so a dropped datagram has no copy and no hold.
    if (schedule.dropCause[row] !== 0) events.push({ kind: 'drop', index });
    if ((schedule.copies[row] as number) > 0) events.push({ kind: 'copy', index });
    const distance = schedule.hold[row] as number;
    if (distance > 0) events.push({ kind: 'hold', index, distance });
  }
  return events;
}

/** The settings kept besides a list, because a list cannot express them. */
export type Stages = Pick<
  ImpairmentConfig,
  'corruptRatio' | 'delay' | 'dropAfterBytes' | 'mtuBytes' | 'rate' | 'spare'
>;

export const NO_STAGES: Stages = {
  corruptRatio: 0,
  delay: null,
  dropAfterBytes: null,
  mtuBytes: null,
  rate: null,
  spare: 0,
};

export const stagesOf = ({
  corruptRatio,
  delay,
  dropAfterBytes,
  mtuBytes,
  rate,
  spare,
}: ImpairmentConfig): Stages => ({
  corruptRatio,
  delay,
  dropAfterBytes,
  mtuBytes,
  rate,
  spare,
});

/** Settings that have the effect of the events and the stages, and no other. */
export function configOf(events: readonly ImpairmentEvent[], stages: Stages): ImpairmentConfig {
  return {
    ...NO_IMPAIRMENT,
    ...stages,
    dropList: rangesOf(events, 'drop'),
    duplicateList: rangesOf(events, 'copy'),
    reorderList: events.flatMap((event) =>
      event.kind === 'hold' ? [{ index: event.index, distance: event.distance }] : [],
    ),
  };
}

/** Indices of one kind, adjacent ones merged. */
function rangesOf(events: readonly ImpairmentEvent[], kind: 'drop' | 'copy'): IndexRange[] {
  const ranges: { from: number; to: number }[] = [];
  for (const event of events) {
    if (event.kind !== kind) continue;
    const last = ranges.at(-1);
    if (last !== undefined && event.index === last.to + 1) last.to = event.index;
    else ranges.push({ from: event.index, to: event.index });
  }
  return ranges;
}
