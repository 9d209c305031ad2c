/**
 * How a stream began: what delay and link need, which may come into use later.
 */
import type { ImpairmentConfig } from '../../impairment/config.ts';
import { TimedStages } from './timedStages.ts';
import type { SendTimes, TimedSurroundings } from './timedStages.ts';

/** Whether datagrams wait for a time. */
export const isTimed = ({ delay, rate }: ImpairmentConfig): boolean => delay !== null || rate !== null;

export class StreamBeginning {
  /** The index that arrived first; 0 before. */
  index = 0;
  #arrivalNs = Number.NaN;
  #plan: SendTimes | null = null;
  readonly #around: TimedSurroundings;

  constructor(around: TimedSurroundings) {
    this.#around = around;
  }

  /**
   * Those that a stream begins with; null if it needs none yet. At a shared link it does, whatever its settings: the link may still
   * have what came from others under earlier ones. @param number of the epoch
   */
  firstStages(config: ImpairmentConfig, number: number): TimedStages | null {
    return isTimed(config) || this.#around.shared !== null ? this.stages(config, number) : null;
  }

  /** The first datagram has arrived. */
  note(index: number, arrivalNs: number, timed: TimedStages | null): void {
    this.index = index;
    this.#arrivalNs = arrivalNs;
    timed?.begin(index, arrivalNs);
  }

  /** The stream's plan is known. */
  followPlan(plan: SendTimes, timed: TimedStages | null): void {
    this.#plan = plan;
    timed?.followPlan(plan);
  }

  /** Delay and link as if they had been there from the beginning. @param number of their epoch */
  stages(config: ImpairmentConfig, number: number): TimedStages {
    const timed = new TimedStages(config, number, this.#around);
    if (this.#plan !== null) timed.followPlan(this.#plan);
    if (this.index > 0) timed.begin(this.index, this.#arrivalNs);
    return timed;
  }
}
