/**
 * The schedule of a stream whose epochs are known, as when a run is looked at again.
 */
import type { Epoch } from './epochs.ts';
import { Schedule } from './schedule.ts';
import type { MediaTimes, ScheduleKey } from './schedule.ts';

/** @param epochs the first from index 1 on, the others behind it */
export function scheduleOver(epochs: readonly Epoch[], key: ScheduleKey, mediaTimeNs?: MediaTimes): Schedule {
  const [first, ...changes] = epochs;
  if (first === undefined) throw new Error('a stream has an epoch');
  const schedule = new Schedule(first.config, key, mediaTimeNs, { epoch: first.number });
  for (const change of changes) schedule.change(change);
  return schedule;
}
