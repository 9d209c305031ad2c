/**
 * The phases of one stream, as they begin.
 */
import type { Epoch } from '../../impairment/epochs.ts';
import type { PhaseSteps } from '../../impairment/phases.ts';

export class StreamPhases {
  readonly #steps: PhaseSteps;
  readonly #epochOf: (epoch: Epoch) => Epoch;

  /** @param epochOf the stream's own epoch for one of its direction; called when it begins */
  constructor(steps: PhaseSteps, epochOf: (epoch: Epoch) => Epoch) {
    this.#steps = steps;
    this.#epochOf = epochOf;
  }

  get areOver(): boolean {
    return this.#steps.nextNs === Number.POSITIVE_INFINITY;
  }

  /** @param timeNs the index's media time; NaN for none */
  stepAt(index: number, timeNs: number): Epoch | null {
    const epoch = timeNs >= this.#steps.nextNs ? this.#steps.stepAt(index, timeNs) : null;
    return epoch && this.#epochOf(epoch);
  }
}
