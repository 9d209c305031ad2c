/**
 * The server's registry of clients: who gets the stream, from which count on, and what each was sent.
 *
 * Keyed by address and port. The number of members is bounded (places.ts), and so is the number of members that are
 * gone: in all and by address as many as there are places. Only `members` and `present` take time that grows with the
 * number of members, so that mass registrations do not slow down the others. It sends nothing itself.
 */
import { AgeSet } from './ageSet.ts';
import { peerKey } from '../net/batch.ts';
import type { Peer } from '../net/batch.ts';
import { Backoff } from './backoff.ts';
import { Places, networkOf } from './places.ts';
import type { NoPlace, PlaceLimits } from './places.ts';

/**
 * `streaming` gets the stream; `ending` is being told of its end; `gone` is kept so that its repeated requests can be
 * answered.
 */
export type Membership = 'streaming' | 'ending' | 'gone';

export interface Member {
  readonly id: number;
  readonly peer: Peer;
  /** Proves to the client that an answer comes from the server. Empty for an original client. */
  readonly nonce: string;
  /** The token of its last request. */
  token: string;
  /** An original program: no alives, no nonce, its own message format. */
  readonly original: boolean;
  /** First count that the client was promised. */
  readonly nextCount: number;
  /** Changed only by the registry, which counts the members by it. */
  readonly membership: Membership;
  /** Stream datagrams to it that the transport accepted. */
  sent: number;
  /** Stream datagrams to it that the transport refused. */
  refused: number;
  /** Sweeps of the registry since its last request. */
  silentSweeps: number;
  /** Consecutive sweeps in which every send to it failed. */
  refusedSweeps: number;
  /** What `sent` and `refused` were at the last sweep. */
  sweptSent: number;
  sweptRefused: number;
  /** The request last answered, and the outbox's number of drains at that time. */
  answered: string;
  answeredDrain: number;
  /** When it became `gone`, nanoseconds; NaN before. */
  readonly goneSinceNs: number;
  /** Last count that it was sent; the count of its `end`. */
  endCount: number;
  readonly leftBecause: string | null;
  readonly ending: Backoff;
}

/** A member with the fields that only the registry changes. */
type Kept = {
  -readonly [Key in keyof Member]: Member[Key];
} & { readonly network: string };

/** Largest client id in the protocol; far more than the members of any registry. */
const MAX_ID = 1_000_000;
const END_FIRST_WAIT_NS = 100e6;
const MAX_END_WAIT_NS = 1e9;
/** Number of `end`s without an answer; a client that still sends alives gets more of them (serverEndpoint.ts). */
const END_ATTEMPTS = 8;
const ORIGINAL_END_ATTEMPTS = 3;

export class Registry {
  readonly #max: number;
  readonly #places: Places;
  readonly #byPeer = new Map<string, Kept>();
  readonly #present = new Set<Kept>();
  /**
   * In order of leaving. Original clients are kept apart, so that they cannot displace the others; and all are also
   * kept by network.
   */
  readonly #gone = new AgeSet<Kept>();
  readonly #goneOriginals = new AgeSet<Kept>();
  readonly #goneOf = new Map<string, AgeSet<Kept>>();
  readonly #counts: Record<Membership, number> = { streaming: 0, ending: 0, gone: 0 };
  readonly #ids = new Set<number>();
  readonly #left = new AgeSet<Kept>();
  #nextId = 1;

  constructor(limits: PlaceLimits) {
    this.#max = limits.max;
    this.#places = new Places(limits);
  }

  /** Present and gone, in order of registration. */
  members(): IterableIterator<Member> {
    return this.#byPeer.values();
  }

  /** Those that are not gone, in order of registration. */
  present(): IterableIterator<Member> {
    return this.#present.values();
  }

  /** The most recent of the removed members, for the closing report. */
  get left(): readonly Member[] {
    return [...this.#left.values()];
  }

  find(peer: Peer): Member | undefined {
    return this.#byPeer.get(peerKey(peer));
  }

  count(membership: Membership): number {
    return this.#counts[membership];
  }

  /** Why there is no place for a client; null when there is one. Members that are gone take no place. */
  refusal(peer: Peer, original: boolean): NoPlace | null {
    return this.#places.refusal(networkOf(peer.address), original);
  }

  /** Adds a client that is not refused and not yet a member. `wishedId` is granted when it is free. */
  add(
    peer: Peer,
    wishedId: number | null,
    about: { nonce: string; token: string; original: boolean; nextCount: number },
  ): Member {
    const network = networkOf(peer.address);
    const key = peerKey(peer);
    if (this.#byPeer.has(key) || this.#places.refusal(network, about.original) !== null)
      throw new Error(`there is no place for ${key}`);
    this.#places.take(network, about.original);
    const member: Kept = {
      nonce: about.nonce,
      token: about.token,
      original: about.original,
      nextCount: about.nextCount,
      network,
      id: this.#takeId(wishedId),
      peer,
      membership: 'streaming',
      sent: 0,
      refused: 0,
      silentSweeps: 0,
      refusedSweeps: 0,
      sweptSent: 0,
      sweptRefused: 0,
      answered: '',
      answeredDrain: -1,
      goneSinceNs: Number.NaN,
      endCount: about.nextCount - 1,
      leftBecause: null,
      ending: new Backoff(
        END_FIRST_WAIT_NS,
        MAX_END_WAIT_NS,
        about.original ? ORIGINAL_END_ATTEMPTS : END_ATTEMPTS,
      ),
    };
    this.#counts.streaming += 1;
    this.#byPeer.set(key, member);
    this.#present.add(member);
    return member;
  }

  /** The member gets no more of the stream and is told of its end. */
  beginEnding(member: Member, nowNs: number): void {
    this.#turn(this.#own(member), 'ending');
    member.ending.start(nowNs);
  }

  /**
   * Frees the member's place, and keeps the member so that repeats of its last request can be answered. When too many
   * are kept, the one that left first is removed.
   */
  leave(member: Member, nowNs: number, reason: string): void {
    const own = this.#own(member);
    if (own.membership === 'gone') return;
    this.#turn(own, 'gone');
    this.#present.delete(own);
    this.#places.free(own.network, own.original);
    own.goneSinceNs = nowNs;
    own.leftBecause = reason;
    own.ending.stop();
    const gone = this.#goneLike(own);
    gone.add(own);
    if (gone.size > this.#max) this.#forgetOldest(gone);
    if (own.original) return;
    let here = this.#goneOf.get(own.network);
    if (here === undefined) this.#goneOf.set(own.network, (here = new AgeSet()));
    here.add(own);
    if (here.size > this.#places.maxPerAddress) this.#forgetOldest(here);
  }

  /** Removes the members that left before this time, nanoseconds. */
  forgetGone(beforeNs: number): void {
    for (const gone of [this.#gone, this.#goneOriginals]) {
      let oldest = gone.oldest;
      while (oldest !== undefined && oldest.goneSinceNs < beforeNs) {
        this.remove(oldest);
        oldest = gone.oldest;
      }
    }
  }

  /** Removes a member that is gone; its figures stay in `left`. */
  remove(member: Member): void {
    const own = this.#own(member);
    if (own.membership !== 'gone') throw new Error(`client ${own.id} has not left`);
    this.#counts.gone -= 1;
    this.#byPeer.delete(peerKey(own.peer));
    this.#ids.delete(own.id);
    this.#goneLike(own).delete(own);
    const here = this.#goneOf.get(own.network);
    here?.delete(own);
    if (here?.size === 0) this.#goneOf.delete(own.network);
    this.#left.add(own);
    const oldest = this.#left.oldest;
    if (this.#left.size > this.#max && oldest !== undefined) this.#left.delete(oldest);
  }

  #own(member: Member): Kept {
    const own = this.#byPeer.get(peerKey(member.peer));
    if (own !== member) throw new Error(`client ${member.id} is not in this registry`);
    return own;
  }

  #turn(member: Kept, membership: Membership): void {
    this.#counts[member.membership] -= 1;
    this.#counts[membership] += 1;
    member.membership = membership;
  }

  #goneLike({ original }: Kept): AgeSet<Kept> {
    return original ? this.#goneOriginals : this.#gone;
  }

  #forgetOldest(gone: AgeSet<Kept>): void {
    const oldest = gone.oldest;
    if (oldest !== undefined) this.remove(oldest);
  }

  /** Never above MAX_ID, whatever a client asked for: an answer with such an id could not be encoded. */
  #takeId(wished: number | null): number {
    let id = wished;
    while (id === null || this.#ids.has(id)) {
      id = this.#nextId;
      this.#nextId = id === MAX_ID ? 1 : id + 1;
    }
    this.#ids.add(id);
    return id;
  }
}
