/**
 * A timeline: the changes of a run that is played again. Each stream has the same epochs from the same indices on, whatever the time.
 */
import type { ImpairmentConfig } from '../../impairment/config.ts';
import type { Conditions } from '../../impairment/conditions.ts';
import { FIRST_EPOCH } from '../../impairment/epochs.ts';
import type { Epoch } from '../../impairment/epochs.ts';
import type { Phase } from '../../impairment/phases.ts';
import type { ScheduleDirection, ScheduleKey } from '../../impairment/schedule.ts';

/** One stream of a journal: the epoch that it began with, and its changes, in order. */
export interface StreamLife {
  readonly start: number;
  readonly changes: { readonly number: number; readonly firstIndex: number }[];
}

export const streamName = (flow: number, direction: ScheduleDirection, stream: number): string =>
  `${flow}/${direction}/${stream}`;

export class Timeline {
  readonly seed: string;
  /** The protocol, as text. */
  readonly protocol: string;
  readonly impairControl: boolean;
  /** Those of its scenario file, from the second on. */
  readonly phases: readonly Phase[];
  /** What the proxy did besides, which is not played again. */
  readonly actions: number;
  readonly #conditions: ReadonlyMap<number, Conditions>;
  /** By flow, direction and stream → its lives: a number of a flow may be given again. */
  readonly #streams: ReadonlyMap<string, readonly StreamLife[]>;
  readonly #flows: ReadonlySet<number>;

  /** Called by `readJournal`. */
  constructor(read: {
    readonly seed: string;
    readonly protocol: string;
    readonly impairControl: boolean;
    readonly phases: readonly Phase[];
    readonly conditions: ReadonlyMap<number, Conditions>;
    readonly streams: ReadonlyMap<string, readonly StreamLife[]>;
    readonly flows: ReadonlySet<number>;
    readonly actions: number;
  }) {
    this.seed = read.seed;
    this.protocol = read.protocol;
    this.impairControl = read.impairControl;
    this.phases = read.phases;
    this.actions = read.actions;
    this.#conditions = read.conditions;
    this.#streams = read.streams;
    this.#flows = read.flows;
  }

  /** What the run begins with. */
  get beginning(): Conditions {
    return this.#conditions.get(FIRST_EPOCH) as Conditions;
  }

  /** Changes of the run. */
  get changes(): number {
    return this.#conditions.size - 1 - this.phases.length;
  }

  /** Whether any stream of a flow is in it. */
  has(flow: number): boolean {
    return this.#flows.has(flow);
  }

  /**
   * The epochs of a stream; of one that is not in it, the beginning alone.
   * @param life 1 for the first stream with this key
   * @param configOf the stream's settings under conditions
   */
  epochsOf(
    { flow, direction, stream = 1 }: ScheduleKey,
    life: number,
    configOf: (conditions: Conditions) => ImpairmentConfig,
  ): readonly [Epoch, ...Epoch[]] {
    const epochOf = (number: number, firstIndex: number): Epoch => ({
      number,
      firstIndex,
      config: configOf(this.#conditions.get(number) as Conditions),
    });
    const own = this.#streams.get(streamName(flow, direction, stream))?.[life - 1];
    const { start, changes } = own ?? { start: FIRST_EPOCH, changes: [] };
    return [epochOf(start, 1), ...changes.map(({ number, firstIndex }) => epochOf(number, firstIndex))];
  }
}
