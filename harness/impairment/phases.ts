/**
 * Phases: conditions that change at given times of a stream.
 *
 * A phase begins at the first index whose media time is its `at` or later, by the same times as outages: a plan's or a
 * recording's, the datagrams' own, else the time since the flow's first datagram. Each is an epoch, numbered from 1.
 */
import { UsageError } from '../../src/base/errors.ts';
import { longestStayNs } from './analytic.ts';
import type { ImpairmentConfig } from './config.ts';
import { FIRST_EPOCH } from './epochs.ts';
import type { Epoch } from './epochs.ts';
import type { Direction } from './schedule.ts';

/** Settings from a time on. */
export interface Phase extends Readonly<Record<Direction, ImpairmentConfig>> {
  /** Media time, nanoseconds, above 0. */
  readonly atNs: number;
}

/** What a run begins with, and what comes later; times rise. */
export interface Phased extends Readonly<Record<Direction, ImpairmentConfig>> {
  readonly phases: readonly Phase[];
}

/** One direction's settings, and the time from which they apply. */
export interface DirectionPhase {
  /** Number of its epoch. */
  readonly number: number;
  /** 0 for the first. */
  readonly atNs: number;
  readonly config: ImpairmentConfig;
}

/** All phases of a direction, the first one included. */
export const phasesOf = (phased: Phased, direction: Direction): readonly DirectionPhase[] => [
  { number: FIRST_EPOCH, atNs: 0, config: phased[direction] },
  ...phased.phases.map((phase, k) => ({
    number: FIRST_EPOCH + 1 + k,
    atNs: phase.atNs,
    config: phase[direction],
  })),
];

/** All settings that a direction ever has. */
export const settingsOver = (phased: Phased, direction: Direction): readonly ImpairmentConfig[] => [
  phased[direction],
  ...phased.phases.map((phase) => phase[direction]),
];

/** The longest time that delay and link keep a datagram of a direction in any phase, nanoseconds. @param maxBytes the largest payload */
export const longestStayOverNs = (phased: Phased, direction: Direction, maxBytes: number): number =>
  Math.max(...settingsOver(phased, direction).map((config) => longestStayNs(config, maxBytes)));

/** The phases of a stream that have not begun. Ask with the time of each new highest index, missing ones included. */
export class PhaseSteps {
  /** When the next one begins, nanoseconds; Infinity if there is none. */
  nextNs = Number.POSITIVE_INFINITY;
  readonly #left: readonly DirectionPhase[];
  #next = 0;

  constructor(phased: Phased, direction: Direction) {
    this.#left = phasesOf(phased, direction).slice(1);
    this.#look();
  }

  /**
   * The epoch that begins at an index; null if none does. Of several that begin there the last one counts.
   * @param timeNs the index's media time; NaN if it has none: then none begins there
   */
  stepAt(index: number, timeNs: number): Epoch | null {
    let begun: DirectionPhase | undefined;
    while (timeNs >= this.nextNs) {
      begun = this.#left[this.#next];
      this.#next += 1;
      this.#look();
    }
    return begun === undefined ? null : { number: begun.number, firstIndex: index, config: begun.config };
  }

  #look(): void {
    this.nextNs = this.#left[this.#next]?.atNs ?? Number.POSITIVE_INFINITY;
  }
}

/**
 * The epochs of a stream whose media times are known and never fall.
 * @param lastIndex the stream's last; a phase that begins behind it has no epoch
 * @param fromIndex the stream's first, where it is joined late: what has begun before begins there
 */
export function plannedEpochs(
  phases: readonly DirectionPhase[],
  mediaTimeNs: (index: number) => number,
  lastIndex: number,
  fromIndex = 1,
): readonly Epoch[] {
  const epochs: Epoch[] = [];
  for (const { number, atNs, config } of phases) {
    const firstIndex =
      number === FIRST_EPOCH ? 1 : Math.max(fromIndex, firstFrom(mediaTimeNs, lastIndex, atNs));
    if (number !== FIRST_EPOCH && firstIndex > lastIndex) break;
    // Of several that begin at one index the last one counts.
    if (epochs.at(-1)?.firstIndex === firstIndex) epochs.pop();
    epochs.push({ number, firstIndex, config });
  }
  return epochs;
}

/** The first index at a time or later; one behind the last if there is none. */
function firstFrom(mediaTimeNs: (index: number) => number, lastIndex: number, atNs: number): number {
  let low = 1;
  let high = lastIndex + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (mediaTimeNs(middle) < atNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param nameOf what a message calls a phase, by its number
 * @throws UsageError for times that do not rise, and for a link that is shared in some phases only
 */
export function checkPhases(phased: Phased, nameOf: (number: number) => string): void {
  let beforeNs = 0;
  for (const [k, { atNs, ...settings }] of phased.phases.entries()) {
    const name = nameOf(k + 2);
    if (!(Number.isSafeInteger(atNs) && atNs > beforeNs))
      throw new UsageError(
        'value-range',
        `${name}: at`,
        'expected a time behind that of the phase before it, got an earlier one or the same',
      );
    beforeNs = atNs;
    for (const direction of ['down', 'up'] as const) {
      if (settings[direction].shared === phased[direction].shared) continue;
      throw new UsageError(
        'conflict',
        `${name}: ${direction}`,
        `expected --shared in all phases of a direction or in none, got it in ${settings[direction].shared ? 'this one' : 'others'}`,
      );
    }
  }
}
