/**
 * Watches one flow for what its user must be told: that nobody answers, or that nothing is impaired. It returns findings
 * and prints nothing.
 */
import { formatKnobs } from '../../impairment/knobs.ts';
import type { Direction } from '../../impairment/schedule.ts';
import type { Bound } from '../path/bounds.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import type { Protocol } from '../../protocols/protocol.ts';

/** Time after the first datagram to the server within which an answer is expected, nanoseconds. */
export const ANSWER_WAIT_NS = 1.5e9;
/** Number of datagrams that show the direction of a stream; after the wait, fewer suffice. */
const MANY = 100;
const SOME = 10;
/** Number of consecutive datagrams of a stream with one index that show that it is not a sequence number. */
export const SAME_IN_A_ROW = 10;

export type Finding =
  | { readonly kind: 'upstream silent' }
  | { readonly kind: 'wrong direction' }
  | { readonly kind: 'nothing indexed'; readonly direction: Direction }
  /** More than are distinguished. */
  | { readonly kind: 'many streams'; readonly direction: Direction }
  /** Repeated, unlike a sequence number. */
  | { readonly kind: 'same index'; readonly direction: Direction }
  /** Something leaves in another way than scheduled. */
  | { readonly kind: 'bound struck'; readonly direction: Direction; readonly bound: Bound };

/** What to watch for. */
export interface WatchedFor {
  /** The unimpaired direction, if the other one is impaired; null if there is none. */
  readonly spared: Direction | null;
  /** The impaired directions in which datagrams without an index pass unimpaired. */
  readonly needIndex: readonly Direction[];
}

/** What the flows of a proxy are watched for, given its impairment. */
export function watchedFor(
  settingsOf: (direction: Direction) => readonly ImpairmentConfig[],
  protocol: Protocol,
): WatchedFor {
  const impaired = (['down', 'up'] as const).filter(
    // To move to another port is to impair no datagram.
    (direction) => settingsOf(direction).some((config) => formatKnobs({ ...config, rebinds: [] }) !== ''),
  );
  const isEitherRead = protocol.down.isIndexed && protocol.up.isIndexed;
  return {
    spared: isEitherRead && impaired.length === 1 ? (impaired[0] === 'down' ? 'up' : 'down') : null,
    needIndex: impaired.filter((direction) => protocol[direction].unread !== null),
  };
}

/** The counters that are watched. */
type Watched = Readonly<Record<Direction, { readonly arrived: number; readonly unread: number }>>;

export class FlowWatch {
  readonly #watched: Watched;
  /** As in WatchedFor, until it is decided. */
  #spared: Direction | null;
  #needIndex: readonly Direction[];
  /** Whether a datagram was sent to the server. */
  hasBegun = false;
  /** Whether the server has answered or refused. */
  isAnswered = false;
  #dueNs = Number.POSITIVE_INFINITY;
  /** Findings from elsewhere that are not reported yet. */
  #found: Finding[] = [];

  constructor(watched: Watched, { spared, needIndex }: WatchedFor) {
    this.#watched = watched;
    this.#spared = spared;
    this.#needIndex = needIndex;
  }

  /** What is impaired has changed: of what is not decided yet, only this is still looked for. */
  watchOnlyFor({ spared, needIndex }: WatchedFor): void {
    if (this.#spared !== null) this.#spared = spared;
    this.#needIndex = this.#needIndex.filter((direction) => needIndex.includes(direction));
  }

  /** Whether nothing more can be found. */
  get isSettled(): boolean {
    const isWaiting = this.#dueNs < Number.POSITIVE_INFINITY || this.#found.length > 0;
    return this.hasBegun && !isWaiting && !this.#asks;
  }

  get #asks(): boolean {
    return this.#spared !== null || this.#needIndex.length > 0;
  }

  /** A datagram was sent to the server. */
  begin(nowNs: number): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    if (!this.isAnswered || this.#asks) this.#dueNs = nowNs + ANSWER_WAIT_NS;
  }

  /** A datagram came from the server, or the server refuses datagrams, which says more than its silence. */
  noteAnswer(): void {
    this.isAnswered = true;
    if (!this.#asks) this.#dueNs = Number.POSITIVE_INFINITY;
  }

  /** Adds a finding of the code that reads datagrams. */
  note(finding: Finding): void {
    this.#found.push(finding);
  }

  /** Latest time for the next `look`, nanoseconds. */
  nextNs(): number {
    return this.#dueNs;
  }

  /** The new findings, each once. */
  look(nowNs: number): Finding[] {
    const findings = this.#found;
    this.#found = [];
    const isDue = nowNs >= this.#dueNs;
    if (isDue) this.#dueNs = Number.POSITIVE_INFINITY;
    if (isDue && !this.isAnswered) findings.push({ kind: 'upstream silent' });
    if (this.#spared !== null && this.#isOneSided(this.#spared, isDue))
      findings.push({ kind: 'wrong direction' });
    for (const direction of this.#needIndex)
      if (this.#isUnread(direction, isDue)) findings.push({ kind: 'nothing indexed', direction });
    if (!this.#asks && this.isAnswered) this.#dueNs = Number.POSITIVE_INFINITY;
    return findings;
  }

  /** Whether all datagrams go in the unimpaired direction. */
  #isOneSided(spared: Direction, isDue: boolean): boolean {
    const { up, down } = this.#watched;
    // Nothing comes down before something went up.
    const isOneSided = spared === 'up' ? down.arrived === 0 : up.arrived <= 1;
    const { arrived } = this.#watched[spared];
    const isFound = isOneSided && arrived >= (isDue ? SOME : MANY);
    if (isFound || !isOneSided) this.#spared = null;
    return isFound;
  }

  /** Whether all datagrams of a direction pass for lack of an index. */
  #isUnread(direction: Direction, isDue: boolean): boolean {
    const { arrived, unread } = this.#watched[direction];
    const isFound = arrived === 0 && unread >= (isDue ? 1 : SOME);
    if (isFound || arrived > 0) this.#needIndex = this.#needIndex.filter((one) => one !== direction);
    return isFound;
  }
}
