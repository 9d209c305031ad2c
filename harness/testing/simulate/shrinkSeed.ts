/**
 * From a seed that fails to the few events of its network that make it fail.
 *
 * First what the seed drew is made smaller (harness/shrink). That keeps indices, and a protocol that retransmits less sends the same
 * datagram with another one; so then single events, and pairs of them, are tried at every index of a run without impairment.
 */
import type { ImpairmentConfig } from '../../impairment/config.ts';
import { NO_IMPAIRMENT } from '../../impairment/config.ts';
import { scheduleOver } from '../../impairment/scheduleOver.ts';
import { configOf, eventsOf, stagesOf } from '../../shrink/events.ts';
import type { ImpairmentEvent } from '../../shrink/events.ts';
import { keepStages, shrinkToFew, stagesOn } from '../../shrink/shrink.ts';
import type { StageName } from '../../shrink/shrink.ts';
import type { SimulationRun } from './run.ts';
import { usedPaths } from './simulation.ts';
import type { UsedPath } from './simulation.ts';
import type { PathOverride } from './seedScope.ts';

/** Something that the network did to a datagram. */
export type SeedEvent = ImpairmentEvent & {
  /** Which simulation of the call, from 1. */
  readonly simulation: number;
  /** `client>server`. */
  readonly path: string;
};

/** What is left of a failing seed. */
export interface ShrunkSeed extends Few {
  /** Settings that have this effect, and no other, by simulation and path. */
  readonly paths: readonly (readonly [string, ImpairmentConfig])[][];
  readonly override: PathOverride;
  /** Whether every event was shown to be needed. */
  readonly isMinimal: boolean;
  /** Runs that it took. */
  readonly runs: number;
}

/** A call with one seed: whether it failed, and its simulations. */
export interface SeedTrial {
  readonly hasFailed: boolean;
  readonly runs: readonly SimulationRun[];
}

interface Few {
  readonly events: readonly SeedEvent[];
  /** Stages that are needed beside them. */
  readonly stages: readonly StageName[];
  /** Whether a constant delay does; default the delay that was drawn. */
  readonly isSteady?: boolean;
}

/** A path as it was run. */
interface RunPath extends UsedPath {
  readonly simulation: number;
}

/**
 * @param given the simulations of the call as it failed
 * @param trial runs the call again, with other settings
 * @returns null if the events and stages alone do not fail
 */
export async function shrinkSeed(
  given: readonly SimulationRun[],
  trial: (override: PathOverride) => Promise<SeedTrial>,
  maxRuns: number,
): Promise<ShrunkSeed | null> {
  const used = pathsOf(given);
  let runs = 0;
  const attempt = async (few: Few): Promise<SeedTrial | null> => {
    if (runs === maxRuns) return null;
    runs += 1;
    return trial(overrideBy(used, few));
  };
  const fails = async (few: Few): Promise<boolean> => (await attempt(few))?.hasFailed === true;
  const drawn = await shrinkToFew(
    used.flatMap(drawnEvents),
    stagesOn(...used.map(({ config }) => stagesOf(config))),
    (events, stages) => fails({ events, stages }),
  );
  if (drawn === null) return null;
  const isMinimal = runs < maxRuns;
  const fewest = (drawn.events.length > 1 ? await fewer(drawn, attempt) : null) ?? drawn;
  const steady = { ...fewest, isSteady: true };
  const varies =
    fewest.stages.includes('delay') && used.some(({ config }) => (config.delay?.jitterNs ?? 0) > 0);
  const few = varies && (await fails(steady)) ? steady : fewest;
  return {
    ...few,
    paths: given.map((_run, k) =>
      used
        .filter(({ simulation }) => simulation === k + 1)
        .map((path) => [path.name, settingsOf(path, few)] as const),
    ),
    override: overrideBy(used, few),
    isMinimal: isMinimal || few.events.length === 1,
    runs,
  };
}

const pathsOf = (runs: readonly SimulationRun[]): RunPath[] =>
  runs.flatMap((run, k) => usedPaths(run).map((path) => ({ ...path, simulation: k + 1 })));

/** What the schedule did to the first stream of a path. */
function drawnEvents({ simulation, name, fates: [first] }: RunPath): SeedEvent[] {
  if (first === undefined) return [];
  const schedule = scheduleOver(first.epochs, first.key, first.mediaTimeNs);
  return eventsOf(schedule, first.lastIndex).map((event) => ({ ...event, simulation, path: name }));
}

/** Any event, at any index of these paths: those first that are the most likely to matter. */
function possibleEvents(paths: readonly RunPath[]): SeedEvent[] {
  const at = (make: (index: number) => ImpairmentEvent): SeedEvent[] =>
    paths.flatMap(({ simulation, name, fates: [first] }) =>
      Array.from({ length: first?.lastIndex ?? 0 }, (_, k) => ({ ...make(k + 1), simulation, path: name })),
    );
  return [
    ...at((index) => ({ kind: 'drop', index })),
    ...at((index) => ({ kind: 'copy', index })),
    ...at((index) => ({ kind: 'hold', index, distance: 1 })),
  ];
}

/** One event, or two, in the place of more; null where no run is left or none fails. */
async function fewer(
  { events: drawn, stages }: Few,
  attempt: (few: Few) => Promise<SeedTrial | null>,
): Promise<Few | null> {
  for (const kept of stages.length === 0 ? [stages] : [[], stages]) {
    const without = await attempt({ events: [], stages: kept });
    if (without === null) return null;
    const tried: { readonly event: SeedEvent; readonly runs: readonly SimulationRun[] }[] = [];
    for (const event of possibleEvents(pathsOf(without.runs))) {
      const result = await attempt({ events: [event], stages: kept });
      if (result === null) return null;
      if (result.hasFailed) return { events: [event], stages: kept };
      tried.push({ event, runs: result.runs });
    }
    if (drawn.length === 2) continue;
    for (const { event, runs } of tried) {
      for (const other of possibleEvents(pathsOf(runs))) {
        if (isOfSame(event, other)) continue;
        const few = { events: [event, other], stages: kept };
        const result = await attempt(few);
        if (result === null) return null;
        if (result.hasFailed) return few;
      }
    }
  }
  return null;
}

/** Whether both are of one datagram. */
const isOfSame = (a: SeedEvent, b: SeedEvent): boolean =>
  a.simulation === b.simulation && a.path === b.path && a.index === b.index;

const settingsOf = (
  { simulation, name, config }: RunPath,
  { events, stages, isSteady = false }: Few,
): ImpairmentConfig => {
  const kept = keepStages(stagesOf(config), stages);
  return configOf(
    events
      .filter((event) => event.simulation === simulation && event.path === name)
      .toSorted((a, b) => a.index - b.index),
    isSteady && kept.delay !== null ? { ...kept, delay: { ...kept.delay, jitterNs: 0 } } : kept,
  );
};

/** A path that was not used before has no impairment. */
function overrideBy(used: readonly RunPath[], few: Few): PathOverride {
  const settings = new Map(used.map((path) => [`${path.simulation} ${path.name}`, settingsOf(path, few)]));
  return (simulation, path) => settings.get(`${simulation} ${path}`) ?? NO_IMPAIRMENT;
}
