/**
 * The epochs of one stream: which settings an index has, those that begin now, and those that begin at an index or a time that is
 * known in advance.
 *
 * An epoch is made known to the schedule when its first index is reached, so that it may still be replaced before.
 */
import type { ImpairmentConfig } from '../../impairment/config.ts';
import type { Epoch } from '../../impairment/epochs.ts';
import type { Schedule } from '../../impairment/schedule.ts';

/** Epochs that begin at times: each index is asked for once, in order. */
export interface ComingPhases {
  /** The epoch that begins with an index; null for none. */
  stepAt(index: number): Epoch | null;
  /** Whether none is left. */
  readonly areOver: boolean;
}

/** Settings of so many indices before the last change are known; of fewer where changes are many. */
const FAR = 1 << 16;
const NEAR = 1 << 13;
const MANY_EPOCHS = 1 << 12;

export class StreamEpochs {
  /** The settings of the newest epoch that has begun. */
  config: ImpairmentConfig;
  /** The index from which on `reach` must be asked; Infinity for never. */
  nextAt = Number.POSITIVE_INFINITY;
  readonly #schedule: Schedule;
  /** Those that are known in advance, the first one first, and how many have begun. */
  #coming: readonly Epoch[] = [];
  #reached = 0;
  /** Those that begin at times; null if there are none, or none are left. */
  #phases: ComingPhases | null = null;
  /** The first index of the newest that has begun. */
  #since = 1;
  /** Indices below may have settings that are forgotten. */
  #keptFrom = 0;
  readonly #began: (epoch: Epoch, before: ImpairmentConfig) => void;
  readonly #forgotten: (() => void) | null;

  /**
   * @param schedule that has not changed yet
   * @param began called with each epoch that begins but the first, and the settings before it
   * @param forgotten called when one is asked for whose settings may be forgotten; null where nothing is forgotten
   */
  constructor(
    schedule: Schedule,
    began: (epoch: Epoch, before: ImpairmentConfig) => void,
    forgotten: (() => void) | null,
  ) {
    this.#schedule = schedule;
    this.config = schedule.config;
    this.#began = began;
    this.#forgotten = forgotten;
  }

  /** The settings of an index. */
  of(index: number): ImpairmentConfig {
    if (index >= this.#since) return this.config;
    if (index < this.#keptFrom) this.#forgotten?.();
    return this.#schedule.configAt(index);
  }

  /** Begins an epoch now; what was to come does not. */
  begin(epoch: Epoch): void {
    this.expect([]);
    this.#take(epoch);
  }

  /** Those that begin at indices known in advance, the first one first. */
  expect(coming: readonly Epoch[]): void {
    this.#coming = coming;
    this.#reached = 0;
    this.#phases = null;
    this.nextAt = coming[0]?.firstIndex ?? Number.POSITIVE_INFINITY;
  }

  /** Those that begin at times, in the place of any that were expected. */
  followPhases(phases: ComingPhases): void {
    this.expect([]);
    this.#phases = phases;
    this.nextAt = 0;
  }

  /** Begins those that begin with this index, the highest so far. Ask with each one, missing ones included. */
  reach(index: number): void {
    if (this.#phases !== null) return this.#reachPhase(index, this.#phases);
    while (this.nextAt <= index) {
      const epoch = this.#coming[this.#reached] as Epoch;
      this.#reached += 1;
      this.nextAt = this.#coming[this.#reached]?.firstIndex ?? Number.POSITIVE_INFINITY;
      this.#take(epoch);
    }
  }

  #reachPhase(index: number, phases: ComingPhases): void {
    const epoch = phases.stepAt(index);
    if (phases.areOver) this.expect([]);
    if (epoch !== null) this.#take(epoch);
  }

  /** Forgets what is long past: the earlier, the more has changed. */
  #forget(firstIndex: number): void {
    const from = firstIndex - (this.#schedule.epochCount > MANY_EPOCHS ? NEAR : FAR);
    if (from <= this.#keptFrom) return;
    this.#keptFrom = from;
    this.#schedule.forgetBefore(from);
  }

  #take(epoch: Epoch): void {
    const before = this.config;
    this.#schedule.change(epoch);
    this.config = epoch.config;
    this.#since = epoch.firstIndex;
    if (this.#forgotten !== null) this.#forget(epoch.firstIndex);
    this.#began(epoch, before);
  }
}
