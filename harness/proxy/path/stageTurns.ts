/**
 * Settings of a time-based stage that come into force with the first datagram of an epoch that reaches the stage.
 */
interface Turn<Settings> {
  readonly firstIndex: number;
  readonly number: number;
  readonly settings: Settings;
}

export class StageTurns<Settings> {
  /** The lowest index with which the next settings come into force; Infinity for none. */
  nextAt = Number.POSITIVE_INFINITY;
  /** In order of first indices. */
  #coming: readonly Turn<Settings>[] = [];

  /** Those to come, in order. */
  get coming(): readonly Settings[] {
    return this.#coming.map(({ settings }) => settings);
  }

  /**
   * Sets what comes with an index: it replaces what was to come with the same one.
   * @param firstIndex of the epoch, not below those before
   * @param number of the epoch
   * @param settings undefined where they stay as they are
   */
  set(firstIndex: number, number: number, settings: Settings | undefined): void {
    const others = this.#coming.filter((turn) => turn.firstIndex < firstIndex);
    if (others.length === this.#coming.length && settings === undefined) return;
    this.#hold(settings === undefined ? others : [...others, { firstIndex, number, settings }]);
  }

  /** A datagram with an index has reached the stage. @param turn called with the newest settings of those that begin by then */
  reach(index: number, turn: (settings: Settings, number: number) => void): void {
    const newest = this.#coming.findLast(({ firstIndex }) => firstIndex <= index);
    this.#hold(this.#coming.filter(({ firstIndex }) => firstIndex > index));
    if (newest !== undefined) turn(newest.settings, newest.number);
  }

  #hold(coming: readonly Turn<Settings>[]): void {
    this.#coming = coming;
    this.nextAt = coming[0]?.firstIndex ?? Number.POSITIVE_INFINITY;
  }
}
