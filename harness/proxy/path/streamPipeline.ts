/**
 * One stream of a flow's direction, or its control datagrams: a pipeline with its schedule, and the source of its fate file.
 */
import { directionCounters } from './counters.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import { Schedule } from '../../impairment/schedule.ts';
import type { ScheduleKey } from '../../impairment/schedule.ts';
import type { FateSource } from '../told/fateLines.ts';
import { FateNotes, asNoted } from '../told/fateNotes.ts';
import type { DirectionOptions, Waits } from '../proxyOptions.ts';
import type { LateCounts } from './lateness.ts';
import { Pipeline } from './pipeline.ts';
import type { PipelineSurroundings } from './pipelineSurroundings.ts';

export interface StreamPipeline {
  readonly pipeline: Pipeline;
  /** The source of its fate file; null if none is wanted. */
  readonly fates: (() => FateSource) | null;
}

type PlannedTimes = (index: number) => number;

/** What a stream needs of its direction. */
export interface StreamAbout extends Pick<
  PipelineSurroundings,
  'counters' | 'endIsAnnounced' | 'shared' | 'tap' | 'struck'
> {
  readonly isControl?: boolean;
  /** An index's media time, nanoseconds; NaN if it has none. */
  readonly mediaTimeNs: PlannedTimes;
  /** By which phases begin. */
  readonly phaseTimeNs: PlannedTimes;
  readonly nowNs: () => number;
  /** The stream's media times; null if they are not known now. */
  readonly plannedNs: () => PlannedTimes | null;
}

/** @param config the settings now */
export function makeStream(
  options: DirectionOptions,
  nowNs: number,
  key: ScheduleKey,
  config: ImpairmentConfig,
  { isControl = false, mediaTimeNs, phaseTimeNs, plannedNs, ...about }: StreamAbout,
): StreamPipeline {
  const { impairment, keepFates = false, held, isVirtual = false, changes } = options;
  const [first, ...coming] = changes.begin(nowNs, key, config);
  const notes = keepFates ? new FateNotes(first.config) : null;
  const { counters = directionCounters() } = about;
  const traffic = (!isControl && options.traffic?.open(key, first, counters)) || null;
  const schedule = new Schedule(
    first.config,
    key,
    (index, repeat) => {
      const timeNs = mediaTimeNs(index);
      notes?.noteMediaTime(index, timeNs, repeat);
      traffic?.noteMediaTime(index, repeat, timeNs, plannedNs());
      return timeNs;
    },
    { epoch: first.number },
  );
  const { holdMaxNs } = impairment;
  const pipeline = new Pipeline(schedule, {
    ...about,
    counters,
    holdMaxNs,
    notes,
    traffic,
    held,
    isVirtual,
    waits: waitsOf(options.waits, key),
  });
  const phases = changes.phasesOf(key, about.nowNs);
  pipeline.expect(
    coming,
    phases && {
      stepAt: (index) => phases.stepAt(index, phaseTimeNs(index)),
      get areOver() {
        return phases.areOver;
      },
    },
  );
  if (notes === null) return { pipeline, fates: null };
  const fates = (): FateSource => ({
    key,
    epochs: schedule.epochs,
    notes,
    lastIndex: pipeline.lastIndex,
    arrived: pipeline.counters.arrived,
    mediaTimeNs: plannedNs() ?? asNoted(notes),
  });
  return { pipeline, fates };
}

/** Of a stream's direction; control datagrams are not counted. */
const waitsOf = (waits: Waits | undefined, { direction }: ScheduleKey): LateCounts | null =>
  direction === 'down' || direction === 'up' ? (waits?.[direction] ?? null) : null;

/** The source of the fate file of a stream that nothing has come of. */
export function emptySource(key: ScheduleKey, config: ImpairmentConfig): FateSource {
  const notes = new FateNotes(config);
  const epochs = [{ number: 1, firstIndex: 1, config }];
  return { key, epochs, notes, lastIndex: 0, arrived: 0, mediaTimeNs: asNoted(notes) };
}
