/**
 * Looks at one flow for what its user must be told: that nobody answers, or that nothing is impaired.
 *
 * Pure; times are arguments. It says nothing itself.
 */
import type { Direction } from '../impairment/schedule.ts';
import type { DirectionCounters } from './counters.ts';

/** So long after the first datagram went to the server something should have come back, nanoseconds. */
export const ANSWER_WAIT_NS = 1.5e9;
/** So many datagrams say where a stream goes; at the end of that wait fewer will do. */
const MANY = 100;
const SOME = 10;

export type Finding = 'upstream silent' | 'wrong direction' | 'nothing indexed';

/** What is worth looking for. */
export interface WatchedFor {
  /** The direction that nothing is done to while something is done to the other; null where there is none. */
  readonly spared: Direction | null;
  /** Whether datagrams may pass unimpaired for want of an index. */
  readonly needsIndex: boolean;
}

export class FlowWatch {
  readonly #counters: Readonly<Record<Direction, DirectionCounters>>;
  /** As in WatchedFor, until it is settled. */
  #spared: Direction | null;
  #needsIndex: boolean;
  #hasBegun = false;
  #isAnswered = false;
  #dueNs = Number.POSITIVE_INFINITY;

  constructor(counters: Readonly<Record<Direction, DirectionCounters>>, watched: WatchedFor) {
    this.#counters = counters;
    this.#spared = watched.spared;
    this.#needsIndex = watched.needsIndex;
  }

  /** Nothing will be found any more. */
  get isSettled(): boolean {
    return this.#hasBegun && this.#dueNs === Number.POSITIVE_INFINITY && !this.#asks;
  }

  get #asks(): boolean {
    return this.#spared !== null || this.#needsIndex;
  }

  /** Something has been sent to the server. */
  begin(nowNs: number): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    if (!this.#isAnswered || this.#asks) this.#dueNs = nowNs + ANSWER_WAIT_NS;
  }

  /** Something has come from the server. */
  noteAnswer(): void {
    this.#isAnswered = true;
    if (!this.#asks) this.#dueNs = Number.POSITIVE_INFINITY;
  }

  /** When `look` is wanted at the latest, nanoseconds. */
  nextNs(): number {
    return this.#dueNs;
  }

  /** What is found now, each thing once. */
  look(nowNs: number): Finding[] {
    const findings: Finding[] = [];
    const isDue = nowNs >= this.#dueNs;
    if (isDue) this.#dueNs = Number.POSITIVE_INFINITY;
    if (isDue && !this.#isAnswered) findings.push('upstream silent');
    if (this.#spared !== null && this.#isOneSided(this.#spared, isDue)) findings.push('wrong direction');
    if (this.#needsIndex && this.#isUnread(isDue)) findings.push('nothing indexed');
    if (!this.#asks && this.#isAnswered) this.#dueNs = Number.POSITIVE_INFINITY;
    return findings;
  }

  /** Whether all that comes goes the way to which nothing is done. */
  #isOneSided(spared: Direction, isDue: boolean): boolean {
    const { up, down } = this.#counters;
    // Nothing comes down before something went up.
    const isOneSided = spared === 'up' ? down.arrived === 0 : up.arrived <= 1;
    const { arrived } = this.#counters[spared];
    const isFound = isOneSided && arrived >= (isDue ? SOME : MANY);
    if (isFound || !isOneSided) this.#spared = null;
    return isFound;
  }

  /** Whether all of the stream passes for want of an index. */
  #isUnread(isDue: boolean): boolean {
    const { arrived, unindexed } = this.#counters.down;
    const isFound = arrived === 0 && unindexed >= (isDue ? 1 : SOME);
    if (isFound || arrived > 0) this.#needsIndex = false;
    return isFound;
  }
}
