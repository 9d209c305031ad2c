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
  const stages = await neededStages(stagesOf(config), events, trials);
  if (stages === null) return null;
  let left = events;
  for (const kind of KINDS) {
    const others = left.filter((event) => event.kind !== kind);
    if (others.length < left.length && (await trials.fails(configOf(others, stages)))) left = others;
  }
  left = await ddmin(left, (part) => trials.fails(configOf(part, stages)));
  return { events: left, config: configOf(left, stages), minimal: !trials.exhausted };
}

/** The stages that may be left out, in the order in which it is tried; then what is spared from them. */
const STAGES: readonly (keyof Stages)[] = ['delay', 'rate', 'corruptRatio', 'mtuBytes'];

/** The stages without which the events alone do not fail; null if they do not fail even with all stages. */
async function neededStages(
  all: Stages,
  events: readonly ImpairmentEvent[],
  trials: Trials,
): Promise<Stages | null> {
  if (await trials.fails(configOf(events, NO_STAGES))) return NO_STAGES;
  const given = STAGES.concat('spare').filter((name) => all[name] !== NO_STAGES[name]);
  if (!isSome(all) || !(await trials.fails(configOf(events, all)))) return null;
  let stages = all;
  for (const name of given) {
    const fewer = { ...stages, [name]: NO_STAGES[name] };
    // The last stage is needed: without any, the first trial did not fail.
    if (isSome(fewer) && (await trials.fails(configOf(events, fewer)))) stages = fewer;
  }
  return stages;
}

/** Whether any of them can make a run fail: to spare datagrams does nothing by itself. */
const isSome = (stages: Stages): boolean => STAGES.some((name) => stages[name] !== NO_STAGES[name]);
