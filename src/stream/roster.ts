/**
 * The server's register of clients: who gets the stream, from which count on, and what each was sent.
 *
 * Keyed by address and port. Bounded: a full roster refuses, and it keeps no more of those that are gone than it has
 * room for present ones. It sends nothing itself.
 */
import type { Peer } from './batch.ts';
import { Backoff } from './backoff.ts';

/** `streaming` gets the stream; `ending` is being told of its end; `gone` is kept to answer a repeated request. */
export type Membership = 'streaming' | 'ending' | 'gone';

export interface Member {
  readonly id: number;
  readonly peer: Peer;
  /** Proves to the client that an answer is the server's. Empty for an original client. */
  readonly nonce: string;
  /** The last one it has shown. */
  token: string;
  /** An original program: no alives, no nonce, its own message format. */
  readonly original: boolean;
  /** First count it was promised. */
  readonly nextCount: number;
  membership: Membership;
  /** Stream datagrams the transport took for it. */
  sent: number;
  /** Stream datagrams the transport refused. */
  refused: number;
  /** Sweeps of the roster since it was last heard. */
  silentSweeps: number;
  /** When it became `gone`, nanoseconds; NaN before. */
  goneSinceNs: number;
  /** Last count it was sent; what `end` tells it. */
  endCount: number;
  leftBecause: string | null;
  readonly ending: Backoff;
}

/** Largest client id the protocol can carry; far more than the members of any roster. */
const MOST_ID = 1_000_000;
const END_FIRST_WAIT_NS = 100e6;
const END_MOST_WAIT_NS = 1e9;
/** Ends without an answer; a client that shows life is told for longer (server.ts). */
const END_ATTEMPTS = 8;
const ORIGINAL_END_ATTEMPTS = 3;

const peerKey = (peer: Peer): string => `${peer.address}|${peer.port}`;

export class Roster {
  readonly #members = new Map<string, Member>();
  readonly #ids = new Set<number>();
  readonly #most: number;
  readonly #left: Member[] = [];
  #nextId = 1;

  /** @param most members at once; as many more that are `gone` are kept beside them */
  constructor(most: number) {
    this.#most = most;
  }

  /** In order of registration. */
  members(): IterableIterator<Member> {
    return this.#members.values();
  }

  /** Members that left the roster altogether, the most recent `most` of them, for the closing report. */
  get left(): readonly Member[] {
    return this.#left;
  }

  find(peer: Peer): Member | undefined {
    return this.#members.get(peerKey(peer));
  }

  count(membership: Membership): number {
    let found = 0;
    for (const member of this.#members.values()) if (member.membership === membership) found += 1;
    return found;
  }

  /**
   * Adds a client; undefined when the roster is full of members that are present. Who is gone takes nobody's place:
   * where too many are kept, the one that has been gone for the longest is forgotten. `wishedId` is granted when it
   * is free.
   */
  add(
    peer: Peer,
    wishedId: number | null,
    about: { nonce: string; token: string; original: boolean; nextCount: number },
  ): Member | undefined {
    const gone = this.count('gone');
    if (this.#members.size - gone >= this.#most) return undefined;
    if (gone >= this.#most) this.#removeLongestGone();
    const member: Member = {
      ...about,
      id: this.#takeId(wishedId),
      peer,
      membership: 'streaming',
      sent: 0,
      refused: 0,
      silentSweeps: 0,
      goneSinceNs: Number.NaN,
      endCount: about.nextCount - 1,
      leftBecause: null,
      ending: new Backoff(
        END_FIRST_WAIT_NS,
        END_MOST_WAIT_NS,
        about.original ? ORIGINAL_END_ATTEMPTS : END_ATTEMPTS,
      ),
    };
    this.#members.set(peerKey(peer), member);
    return member;
  }

  /** Forgets a member; its figures stay in `left`. */
  remove(member: Member): void {
    this.#members.delete(peerKey(member.peer));
    this.#ids.delete(member.id);
    this.#left.push(member);
    if (this.#left.length > this.#most) this.#left.shift();
  }

  #removeLongestGone(): void {
    let longest: Member | undefined;
    for (const member of this.#members.values()) {
      if (member.membership !== 'gone') continue;
      if (longest === undefined || member.goneSinceNs < longest.goneSinceNs) longest = member;
    }
    if (longest !== undefined) this.remove(longest);
  }

  /** Never above MOST_ID, whatever a client wished for: an answer with such an id could not be encoded. */
  #takeId(wished: number | null): number {
    let id = wished;
    while (id === null || this.#ids.has(id)) {
      id = this.#nextId;
      this.#nextId = id === MOST_ID ? 1 : id + 1;
    }
    this.#ids.add(id);
    return id;
  }
}
