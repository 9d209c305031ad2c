/**
 * Looks at one flow for what its user must be told: that nobody answers, or that nothing is impaired.
 *
 * Pure; times are arguments. It says nothing itself.
 */
import type { Direction } from '../impairment/schedule.ts';

/** So long after the first datagram went to the server something should have come back, nanoseconds. */
export const ANSWER_WAIT_NS = 1.5e9;
/** So many datagrams say where a stream goes; at the end of that wait fewer will do. */
const MANY = 100;
const SOME = 10;
/** So many datagrams of one stream that have one index, one behind the other, have no sequence number. */
export const SAME_IN_A_ROW = 10;

export type Finding =
  | { readonly kind: 'upstream silent' }
  | { readonly kind: 'wrong direction' }
  | { readonly kind: 'nothing indexed'; readonly direction: Direction }
  /** More than are told apart. */
  | { readonly kind: 'many streams'; readonly direction: Direction }
  /** Over and over, as no sequence number has it. */
  | { readonly kind: 'same index'; readonly direction: Direction };

/** What is worth looking for. */
export interface WatchedFor {
  /** The direction that nothing is done to while something is done to the other; null where there is none. */
  readonly spared: Direction | null;
  /** The directions in which something is done, and datagrams may pass unimpaired for want of an index. */
  readonly needIndex: readonly Direction[];
}

/** What it looks at. */
type Watched = Readonly<Record<Direction, { readonly arrived: number; readonly unread: number }>>;

export class FlowWatch {
  readonly #watched: Watched;
  /** As in WatchedFor, until it is settled. */
  #spared: Direction | null;
  #needIndex: readonly Direction[];
  #hasBegun = false;
  #isAnswered = false;
  #dueNs = Number.POSITIVE_INFINITY;
  /** What was found elsewhere and is to be said. */
  #found: Finding[] = [];

  constructor(watched: Watched, { spared, needIndex }: WatchedFor) {
    this.#watched = watched;
    this.#spared = spared;
    this.#needIndex = needIndex;
  }

  /** Nothing will be found any more. */
  get isSettled(): boolean {
    const isWaiting = this.#dueNs < Number.POSITIVE_INFINITY || this.#found.length > 0;
    return this.#hasBegun && !isWaiting && !this.#asks;
  }

  get #asks(): boolean {
    return this.#spared !== null || this.#needIndex.length > 0;
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

  /** Something was found where datagrams are read. */
  note(finding: Finding): void {
    this.#found.push(finding);
  }

  /** When `look` is wanted at the latest, nanoseconds. */
  nextNs(): number {
    return this.#dueNs;
  }

  /** What is found now, each thing once. */
  look(nowNs: number): Finding[] {
    const findings = this.#found;
    this.#found = [];
    const isDue = nowNs >= this.#dueNs;
    if (isDue) this.#dueNs = Number.POSITIVE_INFINITY;
    if (isDue && !this.#isAnswered) findings.push({ kind: 'upstream silent' });
    if (this.#spared !== null && this.#isOneSided(this.#spared, isDue))
      findings.push({ kind: 'wrong direction' });
    for (const direction of this.#needIndex)
      if (this.#isUnread(direction, isDue)) findings.push({ kind: 'nothing indexed', direction });
    if (!this.#asks && this.#isAnswered) this.#dueNs = Number.POSITIVE_INFINITY;
    return findings;
  }

  /** Whether all that comes goes the way to which nothing is done. */
  #isOneSided(spared: Direction, isDue: boolean): boolean {
    const { up, down } = this.#watched;
    // Nothing comes down before something went up.
    const isOneSided = spared === 'up' ? down.arrived === 0 : up.arrived <= 1;
    const { arrived } = this.#watched[spared];
    const isFound = isOneSided && arrived >= (isDue ? SOME : MANY);
    if (isFound || !isOneSided) this.#spared = null;
    return isFound;
  }

  /** Whether all of a direction passes for want of an index. */
  #isUnread(direction: Direction, isDue: boolean): boolean {
    const { arrived, unread } = this.#watched[direction];
    const isFound = arrived === 0 && unread >= (isDue ? 1 : SOME);
    if (isFound || arrived > 0) this.#needIndex = this.#needIndex.filter((one) => one !== direction);
    return isFound;
  }
}
