/**
 * A trace as alternating runs of arrivals and losses: counts of transitions, and of the lengths of runs.
 *
 * It keeps counts, not the trace. The end of the last run is unknown, so its length is not counted, but its transitions
 * are.
 */

/** Length of a run in datagrams → how many such runs. */
export type RunLengths = ReadonlyMap<number, number>;

/** Counts of transitions. Good is an arrival, bad a loss. */
export interface Transitions {
  /** From the first arrival to the stream's last datagram. */
  readonly datagrams: number;
  readonly lost: number;
  readonly goodToGood: number;
  readonly goodToBad: number;
  readonly badToGood: number;
  readonly badToBad: number;
}

/** The counts that a fit needs. */
export interface LossRuns extends Transitions {
  /** Runs of losses that an arrival ended. */
  readonly lossLengths: RunLengths;
  /** Runs of arrivals that a loss ended. */
  readonly gapLengths: RunLengths;
}

const addRuns = (lengths: Map<number, number>, length: number, runs: number): void => {
  lengths.set(length, (lengths.get(length) ?? 0) + runs);
};

/** Counts the runs of one trace, in order, or adds up those of several. */
export class LossRunCounter implements LossRuns {
  datagrams = 0;
  lost = 0;
  goodToGood = 0;
  goodToBad = 0;
  badToGood = 0;
  badToBad = 0;
  readonly lossLengths = new Map<number, number>();
  readonly gapLengths = new Map<number, number>();
  #isLost = false;
  #length = 0;

  /** Takes the next `length` datagrams of the trace, all lost or all arrived; 1 or more. */
  handle(isLost: boolean, length: number): void {
    this.datagrams += length;
    if (isLost) this.lost += length;
    const begins = this.#length === 0 || isLost !== this.#isLost;
    const stays = begins ? length - 1 : length;
    if (isLost) this.badToBad += stays;
    else this.goodToGood += stays;
    if (!begins) {
      this.#length += length;
      return;
    }
    if (this.#length > 0) {
      addRuns(this.#isLost ? this.lossLengths : this.gapLengths, this.#length, 1);
      if (isLost) this.goodToBad += 1;
      else this.badToGood += 1;
    }
    this.#isLost = isLost;
    this.#length = length;
  }

  /** Adds the counts of another trace, without a transition between the two. */
  pool(other: LossRuns): void {
    this.datagrams += other.datagrams;
    this.lost += other.lost;
    this.goodToGood += other.goodToGood;
    this.goodToBad += other.goodToBad;
    this.badToGood += other.badToGood;
    this.badToBad += other.badToBad;
    for (const [length, runs] of other.lossLengths) addRuns(this.lossLengths, length, runs);
    for (const [length, runs] of other.gapLengths) addRuns(this.gapLengths, length, runs);
  }
}
