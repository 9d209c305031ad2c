/**
 * The epochs of one stream: which settings an index has, those that begin now, and those that begin at an index or a time that is
 * known in advance.
 *
 * An epoch is made known to the schedule when its first index is reached, so that it may still be replaced before.
 */
import type { ImpairmentConfig } from '../../impairment/config.ts';
import type { Epoch } from '../../impairment/epochs.ts';
import type { Schedule } from '../../impairment/schedule.ts';

/** Settings of so many indices before the last change are known, whatever changes. */
const LOOK_BACK = 1 << 16;

export class StreamEpochs {
  /** The settings of the newest epoch that has begun. */
  config: ImpairmentConfig;
  /** The index with which the next known epoch begins; Infinity for none. */
  nextAt = Number.POSITIVE_INFINITY;
  readonly #schedule: Schedule;
  /** Those that are known and have not begun, the first one first. */
  #coming: readonly Epoch[] = [];
  /** The first index of the newest that has begun. */
  #since = 1;
  /** Indices below may have settings that are forgotten. */
  #keptFrom = 0;
  readonly #began: (epoch: Epoch) => void;
  readonly #forgotten: (() => void) | null;

  /**
   * @param schedule that has not changed yet
   * @param began called with each epoch that begins but the first
   * @param forgotten called when one is asked for whose settings may be forgotten; null where nothing is forgotten
   */
  constructor(schedule: Schedule, began: (epoch: Epoch) => void, forgotten: (() => void) | null) {
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
    this.nextAt = coming[0]?.firstIndex ?? Number.POSITIVE_INFINITY;
  }

  /** Begins those that begin with this index or before. */
  reach(index: number): void {
    while (this.nextAt <= index) {
      const [epoch, ...rest] = this.#coming;
      this.expect(rest);
      this.#take(epoch as Epoch);
    }
  }

  #take(epoch: Epoch): void {
    this.#schedule.change(epoch);
    this.config = epoch.config;
    this.#since = epoch.firstIndex;
    if (this.#forgotten !== null && epoch.firstIndex > LOOK_BACK) {
      this.#keptFrom = epoch.firstIndex - LOOK_BACK;
      this.#schedule.forgetBefore(this.#keptFrom);
    }
    this.#began(epoch);
  }
}
