/**
 * From a schedule that fails to a short list of events that still fails.
 *
 * First whole stages and whole kinds of events are left out, which takes few runs and removes most; then the remaining
 * events are minimised one by one (ddmin.ts).
 */
import type { ImpairmentConfig } from '../impairment/config.ts';
import { ddmin } from './ddmin.ts';
import { NO_STAGES, configOf, stagesOf } from './events.ts';
import type { ImpairmentEvent, Stages } from './events.ts';

/** Runs a stream with these settings. Resolves to whether it fails. */
export type Trial = (config: ImpairmentConfig) => Promise<boolean>;

export interface Shrunk {
  readonly events: readonly ImpairmentEvent[];
  readonly config: ImpairmentConfig;
  /** Whether every event was shown to be needed; false if the runs were used up before that. */
  readonly minimal: boolean;
}

/** Tries settings, with a limited number of runs; after that nothing more is left out. */
export class Trials {
  runs = 0;
  /** Whether a run was refused because none was left. */
  exhausted = false;
  readonly #trial: Trial;
  readonly #maxRuns: number;

  constructor(trial: Trial, maxRuns: number) {
    this.#trial = trial;
    this.#maxRuns = maxRuns;
  }

  async fails(config: ImpairmentConfig): Promise<boolean> {
    if (this.runs >= this.#maxRuns) {
      this.exhausted = true;
      return false;
    }
    this.runs += 1;
    return this.#trial(config);
  }
}

/** Copies are tried first, as they are the least likely to matter; drops last. */
const KINDS = ['copy', 'hold', 'drop'] as const;

/** Stages that no list expresses, and what is spared from them. */
export type StageName = keyof Stages;

/** The stages that may be left out, in the order in which it is tried; then what is spared from them. */
const STAGES: readonly StageName[] = ['delay', 'rate', 'corruptRatio', 'mtuBytes', 'dropAfterBytes'];

/** The stages that are on in any of these settings. */
export const stagesOn = (...settings: readonly Stages[]): StageName[] =>
  STAGES.concat('spare').filter((name) => settings.some((stages) => stages[name] !== NO_STAGES[name]));

/** Of stages, those with these names; the others are off. */
export const keepStages = (all: Stages, names: readonly StageName[]): Stages =>
  Object.assign({ ...NO_STAGES }, ...names.map((name) => ({ [name]: all[name] }))) as Stages;

/**
 * @param config the settings that the events were drawn with
 * @param events their effect on the flow
 * @returns null if the events and stages alone do not fail
 */
export async function shrinkEvents(
  config: ImpairmentConfig,
  events: readonly ImpairmentEvent[],
  trials: Trials,
): Promise<Shrunk | null> {
  const all = stagesOf(config);
  const settings = (part: readonly ImpairmentEvent[], names: readonly StageName[]): ImpairmentConfig =>
    configOf(part, keepStages(all, names));
  const few = await shrinkToFew(events, stagesOn(all), (part, names) => trials.fails(settings(part, names)));
  if (few === null) return null;
  return { events: few.events, config: settings(few.events, few.stages), minimal: !trials.exhausted };
}

/**
 * The few events and stages that still fail.
 * @param given stages that may be left out, in the order of `stagesOn`
 * @param fails whether these events and stages alone fail
 * @returns null if even all of them do not
 */
export async function shrinkToFew<Event extends { readonly kind: ImpairmentEvent['kind'] }>(
  events: readonly Event[],
  given: readonly StageName[],
  fails: (events: readonly Event[], stages: readonly StageName[]) => Promise<boolean>,
): Promise<{ readonly events: readonly Event[]; readonly stages: readonly StageName[] } | null> {
  const stages = await neededStages(given, (names) => fails(events, names));
  if (stages === null) return null;
  let left = events;
  for (const kind of KINDS) {
    const others = left.filter((event) => event.kind !== kind);
    if (others.length < left.length && (await fails(others, stages))) left = others;
  }
  left = await ddmin(left, (part) => fails(part, stages));
  return { events: left, stages };
}

/** The stages without which the events alone do not fail; null if they do not fail even with all stages. */
async function neededStages(
  given: readonly StageName[],
  fails: (names: readonly StageName[]) => Promise<boolean>,
): Promise<readonly StageName[] | null> {
  if (await fails([])) return [];
  if (!isSome(given) || !(await fails(given))) return null;
  let stages = given;
  for (const name of given) {
    const fewer = stages.filter((one) => one !== name);
    // The last stage is needed: without any, the first trial did not fail.
    if (isSome(fewer) && (await fails(fewer))) stages = fewer;
  }
  return stages;
}

/** Whether any of them can make a run fail: to spare datagrams does nothing by itself. */
const isSome = (names: readonly StageName[]): boolean => STAGES.some((name) => names.includes(name));
