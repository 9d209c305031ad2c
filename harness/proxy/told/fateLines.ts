/**
 * The lines of a fate file: one per index, from 1 to the stream's last, computed again by a schedule with the same key.
 */
import type { Epoch } from '../../impairment/epochs.ts';
import { scheduleOver } from '../../impairment/scheduleOver.ts';
import { fateLine } from '../../impairment/fates.ts';
import type { MediaTimes, ScheduleKey } from '../../impairment/schedule.ts';
import { MAX_FATES } from './fateNotes.ts';
import type { FateNotes } from './fateNotes.ts';

/** What a fate file needs of one direction of one flow. */
export interface FateSource {
  readonly key: ScheduleKey;
  /** What it began with, and each change, in order. */
  readonly epochs: readonly Epoch[];
  /** The stream's last index: as announced, else the highest that arrived; 0 if none did. */
  readonly lastIndex: number;
  /** Datagrams that arrived. */
  readonly arrived: number;
  readonly notes: FateNotes;
  readonly mediaTimeNs: MediaTimes;
}

/** What a fate file lacks, a line each. */
export function describeLacks({ key, notes, lastIndex }: FateSource): string[] {
  const { flow, direction, stream = 1 } = key;
  const its = `flow ${flow} ${direction}${stream === 1 ? '' : `, stream ${stream}`}: its fate file`;
  return [
    ...(lastIndex > MAX_FATES ? [`${its} ends at index ${MAX_FATES} of ${lastIndex}`] : []),
    ...(notes.repeatsLeftOut > 0
      ? [`${its} has no line for some repeats, ${notes.repeatsLeftOut} in all`]
      : []),
  ];
}

/** The lines in index order, without line ends. */
export function* fateLines(source: FateSource): Generator<string, void> {
  const { key, epochs, notes } = source;
  const schedule = scheduleOver(epochs, key, source.mediaTimeNs);
  const last = Math.min(source.lastIndex, MAX_FATES);
  const lineOf = (index: number, repeat: number): string =>
    fateLine(
      schedule,
      index,
      notes.sizeBytes(index, repeat),
      notes.queueDrops(index, repeat),
      repeat,
      notes.linkIndex(index, repeat),
      notes.isOverLimit(index, repeat),
    );
  for (let index = 1; index <= last; index += 1) {
    yield lineOf(index, 1);
    for (let repeat = 2; repeat <= notes.lastRepeat(index); repeat += 1) yield lineOf(index, repeat);
  }
}
